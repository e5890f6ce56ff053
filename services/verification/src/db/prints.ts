import type { ChunkId } from '@hedui/contracts';
import type { Queryable } from '@hedui/postgres';

/** Counts one more print of a report and returns how many there are, this one included. */
export async function countPrint(db: Queryable, chunkId: ChunkId, place: number): Promise<number> {
  const { rows } = await db.query<{ prints: number }>(
    `INSERT INTO report_print AS p (chunk_id, place, prints) VALUES ($1, $2, 1)
     ON CONFLICT (chunk_id, place) DO UPDATE SET prints = p.prints + 1
     RETURNING prints`,
    [chunkId, place],
  );
  return rows[0]?.prints ?? 1;
}
