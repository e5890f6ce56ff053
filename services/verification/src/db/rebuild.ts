import type { BatchId, ChunkId } from '@hedui/contracts';
import { asInteger, type Client, type Queryable } from '@hedui/postgres';

/** One service of any number of copies looks after the topics at a time; false when another is at it. */
export async function becomeKeeper(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ won: boolean }>(
    `SELECT pg_try_advisory_xact_lock(hashtext('verification:topics')) AS won`,
  );
  return rows[0]?.won === true;
}

/** Where publishing a topic again stands. */
export interface Republished {
  /** `stored_at` as text, so that nothing of it is lost. */
  at: string;
  no: number;
}

export interface TopicLife {
  generation: string;
  /** Null: everything is published. */
  after: Republished | null;
}

export async function findTopicLife(db: Queryable, topic: string): Promise<TopicLife | null> {
  const { rows } = await db.query<{ generation: string; at: string | null; no: string | null }>(
    'SELECT generation, after_at::text AS at, after_no AS no FROM topic_life WHERE topic = $1',
    [topic],
  );
  const [row] = rows;
  if (!row) return null;
  const { generation, at, no } = row;
  return { generation, after: at === null || no === null ? null : { at, no: asInteger(no) } };
}

export async function putTopicLife(client: Client, topic: string, life: TopicLife): Promise<void> {
  await client.query(
    `INSERT INTO topic_life (topic, generation, after_at, after_no) VALUES ($1, $2, $3, $4)
     ON CONFLICT (topic) DO UPDATE SET generation = EXCLUDED.generation, after_at = EXCLUDED.after_at, after_no = EXCLUDED.after_no`,
    [topic, life.generation, life.after?.at ?? null, life.after?.no ?? null],
  );
}

/** Before every report. */
export const FROM_THE_START: Republished = { at: '-infinity', no: 0 };

export interface StoredReportEvent {
  chunkId: ChunkId;
  event: Buffer;
  place: Republished;
}

/** Stored reports after a place, of batches or of single checks, in the order in which they came. */
export async function reportsAfter(
  db: Queryable,
  of: { batches: boolean; after: Republished; limit: number },
): Promise<StoredReportEvent[]> {
  const { rows } = await db.query<{ id: ChunkId; event: Buffer; at: string; no: string }>(
    `SELECT c.id, r.event, r.stored_at::text AS at, r.chunk_no AS no FROM chunk_report r JOIN chunk c ON c.no = r.chunk_no
     WHERE (r.stored_at, r.chunk_no) > ($1::timestamptz, $2) AND (c.batch_id IS NOT NULL) = $3
     ORDER BY r.stored_at, r.chunk_no LIMIT $4`,
    [of.after.at, of.after.no, of.batches, of.limit],
  );
  return rows.map(({ id, event, at, no }) => ({ chunkId: id, event, place: { at, no: asInteger(no) } }));
}

/** Chunks after one that have households whose authorisation ended. */
export async function chunksWithEndings(db: Queryable, after: number, limit: number): Promise<number[]> {
  const { rows } = await db.query<{ no: string }>(
    `SELECT DISTINCT chunk_no AS no FROM household_ending WHERE chunk_no > $1 AND reason <> 'dropped' ORDER BY chunk_no LIMIT $2`,
    [after, limit],
  );
  return rows.map((row) => asInteger(row.no));
}

/** Notes a report of a chunk that is not here. */
export async function noteUnknownChunk(
  client: Client,
  chunk: { chunkId: ChunkId; batchId: BatchId | null; households: number },
): Promise<void> {
  await client.query(
    'INSERT INTO unknown_chunk (chunk_id, batch_id, households) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [chunk.chunkId, chunk.batchId, chunk.households],
  );
}

/** Batches, and how many single checks, that others know and this database does not. */
export async function lostWork(db: Queryable): Promise<{ batches: string[]; households: number; checks: number }> {
  const { rows } = await db.query<{ batches: string[] | null; households: string; checks: string }>(
    `SELECT array_agg(DISTINCT batch_id) FILTER (WHERE batch_id IS NOT NULL) AS batches, coalesce(sum(households), 0) AS households,
       count(*) FILTER (WHERE batch_id IS NULL) AS checks FROM unknown_chunk`,
  );
  const [row] = rows;
  return {
    batches: row?.batches ?? [],
    households: asInteger(row?.households ?? 0),
    checks: asInteger(row?.checks ?? 0),
  };
}
