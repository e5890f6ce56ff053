import type { BatchId, ChunkId } from '@hedui/contracts';
import { type Client, type Queryable, ready } from '@hedui/postgres';

const HASH_BYTES = 32;

/** The leaves of a chunk's entry in the audit log. */
export interface ChunkLeaves {
  root: Buffer;
  leaves: readonly Buffer[];
  /** Place of each leaf's household. */
  places: readonly number[];
}

const insertLeaves = ready('INSERT INTO audit_chunk (chunk_no, root, leaves, places) VALUES ($1, $2, $3, $4)');

/** Keeps the leaves of a chunk. */
export async function insertChunkLeaves(
  client: Client,
  chunkNo: number,
  { root, leaves, places }: ChunkLeaves,
): Promise<void> {
  const inOrder = places.every((place, i) => place === i);
  await client.query(insertLeaves([chunkNo, root, Buffer.concat(leaves), inOrder ? null : places]));
}

/** The leaves of a chunk; null when it has none. */
export async function readChunkLeaves(db: Queryable, id: ChunkId): Promise<ChunkLeaves | null> {
  const { rows } = await db.query<{ root: Buffer; leaves: Buffer; places: number[] | null }>(
    'SELECT a.root, a.leaves, a.places FROM audit_chunk a JOIN chunk c ON c.no = a.chunk_no WHERE c.id = $1',
    [id],
  );
  const row = rows[0];
  if (!row) return null;
  const leaves = Array.from({ length: row.leaves.length / HASH_BYTES }, (_, i) =>
    row.leaves.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
  return { root: row.root, leaves, places: row.places ?? leaves.map((_, i) => i) };
}

/** Roots of a batch's reported chunks in the order of the file, and the households that they cover. */
export async function chunkRoots(db: Queryable, batchId: BatchId): Promise<{ roots: Buffer[]; households: number }> {
  const { rows } = await db.query<{ root: Buffer; households: number }>(
    `SELECT a.root, octet_length(a.leaves) / ${HASH_BYTES} AS households
     FROM chunk c JOIN audit_chunk a ON a.chunk_no = c.no WHERE c.batch_id = $1 AND c.state = 'reported' ORDER BY c.ordinal`,
    [batchId],
  );
  return { roots: rows.map(({ root }) => root), households: rows.reduce((sum, { households }) => sum + households, 0) };
}

/** What an entry about a household says of it: where it lives, what it was looked at for, in which batch. */
export interface HouseholdFacts {
  region: string;
  programme: string;
  batchId: BatchId | null;
}

/** Null when there is no such household. */
export async function householdFacts(db: Queryable, id: ChunkId, place: number): Promise<HouseholdFacts | null> {
  const { rows } = await db.query<{ region: string; programme: string; batch_id: BatchId | null }>(
    `SELECT h.region, h.programme, c.batch_id FROM chunk c JOIN household h ON h.chunk_no = c.no AND h.place = $2
     WHERE c.id = $1`,
    [id, place],
  );
  const row = rows[0];
  return row ? { region: row.region, programme: row.programme, batchId: row.batch_id } : null;
}
