import type { BatchId, ChunkId, Erasure } from '@hedui/contracts';
import { asInteger, type Client, type Queryable } from '@hedui/postgres';

/** Somebody's wish that a household be erased, and what became of it. */
export interface StoredErasure {
  id: string;
  chunkId: ChunkId;
  place: number;
  reason: Erasure['reason'];
  reference: string | null;
  askedBy: string;
  askedAt: Date;
  agreedBy: string | null;
  erasedAt: Date | null;
}

interface Row {
  id: string;
  chunk_id: ChunkId;
  place: number;
  reason: Erasure['reason'];
  reference: string | null;
  asked_by: string;
  asked_at: Date;
  agreed_by: string | null;
  erased_at: Date | null;
}

const COLUMNS = 'id, chunk_id, place, reason, reference, asked_by, asked_at, agreed_by, erased_at';
const stored = (row: Row): StoredErasure => ({
  id: row.id,
  chunkId: row.chunk_id,
  place: row.place,
  reason: row.reason,
  reference: row.reference,
  askedBy: row.asked_by,
  askedAt: row.asked_at,
  agreedBy: row.agreed_by,
  erasedAt: row.erased_at,
});

export async function insertErasure(
  client: Client,
  asked: Pick<StoredErasure, 'id' | 'chunkId' | 'place' | 'reason' | 'reference' | 'askedBy'>,
): Promise<StoredErasure> {
  const { rows } = await client.query<Row>(
    `INSERT INTO erasure (id, chunk_id, place, reason, reference, asked_by) VALUES ($1, $2, $3, $4, $5, $6)
     RETURNING ${COLUMNS}`,
    [asked.id, asked.chunkId, asked.place, asked.reason, asked.reference, asked.askedBy],
  );
  if (rows[0] === undefined) throw new TypeError('an erasure was not stored');
  return stored(rows[0]);
}

export async function findErasure(db: Queryable, id: string): Promise<StoredErasure | null> {
  const { rows } = await db.query<Row>(`SELECT ${COLUMNS} FROM erasure WHERE id = $1`, [id]);
  return rows[0] ? stored(rows[0]) : null;
}

export async function agreeErasure(client: Client, id: string, by: string): Promise<StoredErasure | null> {
  const { rows } = await client.query<Row>(
    `UPDATE erasure SET agreed_by = $2, erased_at = now() WHERE id = $1 AND erased_at IS NULL RETURNING ${COLUMNS}`,
    [id, by],
  );
  return rows[0] ? stored(rows[0]) : null;
}

/** A chunk to be sealed anew. */
export interface SealedChunk {
  no: number;
  id: ChunkId;
  named: Buffer;
}

/** What is kept of a household's batch, or of its single check, under one data key; locked. */
export async function lockDataKey(
  client: Client,
  chunkId: ChunkId,
): Promise<{ batchId: BatchId | null; dataKey: Buffer | null } | null> {
  const chunk = await client.query<{ batch_id: BatchId | null; data_key: Buffer | null }>(
    'SELECT batch_id, data_key FROM chunk WHERE id = $1 FOR UPDATE',
    [chunkId],
  );
  const [row] = chunk.rows;
  if (!row) return null;
  if (row.batch_id === null) return { batchId: null, dataKey: row.data_key };
  const batch = await client.query<{ data_key: Buffer | null }>('SELECT data_key FROM batch WHERE id = $1 FOR UPDATE', [
    row.batch_id,
  ]);
  return { batchId: row.batch_id, dataKey: batch.rows[0]?.data_key ?? null };
}

/** Chunks of a batch after a number, or the one chunk of a single check; locked. */
export async function chunksUnderKey(
  client: Client,
  of: { batchId: BatchId | null; chunkId: ChunkId },
  after: number,
  limit: number,
): Promise<SealedChunk[]> {
  const { rows } = await client.query<{ no: string; id: ChunkId; named: Buffer }>(
    `SELECT no, id, named FROM chunk WHERE no > $3 AND CASE WHEN $1::text IS NULL THEN id = $2 ELSE batch_id = $1 END
     ORDER BY no LIMIT $4 FOR UPDATE`,
    [of.batchId, of.chunkId, after, limit],
  );
  return rows.map((row) => ({ no: asInteger(row.no), id: row.id, named: row.named }));
}

export async function writeNamed(client: Client, no: number, named: Buffer): Promise<void> {
  await client.query('UPDATE chunk SET named = $2 WHERE no = $1', [no, named]);
}

/** The new key takes the place of the old one, of which nothing is kept. */
export async function writeDataKey(
  client: Client,
  of: { batchId: BatchId | null; chunkId: ChunkId },
  wrapped: Buffer,
): Promise<void> {
  if (of.batchId === null) await client.query('UPDATE chunk SET data_key = $2 WHERE id = $1', [of.chunkId, wrapped]);
  else await client.query('UPDATE batch SET data_key = $2 WHERE id = $1', [of.batchId, wrapped]);
}

/** References of a batch's rejected rows after a number. */
export async function sealedRejects(
  client: Client,
  batchId: BatchId,
  after: number,
  limit: number,
): Promise<{ no: number; ref: Buffer }[]> {
  const { rows } = await client.query<{ no: string; ref: Buffer }>(
    'SELECT no, ref FROM reject WHERE batch_id = $1 AND ref IS NOT NULL AND no > $2 ORDER BY no LIMIT $3',
    [batchId, after, limit],
  );
  return rows.map((row) => ({ no: asInteger(row.no), ref: row.ref }));
}

export async function writeRejects(client: Client, rejects: readonly { no: number; ref: Buffer }[]): Promise<void> {
  await client.query(
    'UPDATE reject r SET ref = n.ref FROM unnest($1::bigint[], $2::bytea[]) AS n (no, ref) WHERE r.no = n.no',
    [rejects.map(({ no }) => no), rejects.map(({ ref }) => ref)],
  );
}

export async function markErased(client: Client, chunkId: ChunkId, place: number): Promise<void> {
  await client.query(
    `UPDATE household SET erased_at = now(), ref_hash = NULL
     WHERE place = $2 AND chunk_no = (SELECT no FROM chunk WHERE id = $1)`,
    [chunkId, place],
  );
}

/** What the end of retention would erase, or has erased. */
export interface Outlived {
  batches: number;
  checks: number;
  households: number;
}

const BATCHES = `batch WHERE finished_at < $1 AND state IN ('done', 'cancelled') AND data_key IS NOT NULL`;
const CHECKS = `chunk WHERE batch_id IS NULL AND created_at < $1 AND state IN ('reported', 'dropped') AND data_key IS NOT NULL`;

export async function countOutlived(db: Queryable, before: Date): Promise<Outlived> {
  const { rows } = await db.query<{ batches: string; checks: string; households: string }>(
    `SELECT (SELECT count(*) FROM ${BATCHES}) AS batches, (SELECT count(*) FROM ${CHECKS}) AS checks,
       (SELECT coalesce(sum(accepted), 0) FROM ${BATCHES}) AS households`,
    [before],
  );
  const [row] = rows;
  const checks = asInteger(row?.checks ?? 0);
  return { batches: asInteger(row?.batches ?? 0), checks, households: asInteger(row?.households ?? 0) + checks };
}

/** Destroys the data keys of what ended before, and what they sealed. */
export async function destroyOutlived(client: Client, before: Date): Promise<Outlived> {
  const found = await countOutlived(client, before);
  const batches = await client.query<{ id: string }>(
    `UPDATE batch SET data_key = NULL WHERE id IN (SELECT id FROM ${BATCHES}) RETURNING id`,
    [before],
  );
  const checks = await client.query<{ id: string }>(
    `UPDATE chunk SET data_key = NULL WHERE id IN (SELECT id FROM ${CHECKS}) RETURNING id`,
    [before],
  );
  const ids = [batches, checks].map(({ rows }) => rows.map(({ id }) => id));
  await client.query(`UPDATE chunk SET named = '' WHERE batch_id = ANY($1::text[]) OR id = ANY($2::text[])`, ids);
  await client.query(
    `UPDATE household SET erased_at = now(), ref_hash = NULL FROM chunk c
     WHERE household.chunk_no = c.no AND erased_at IS NULL AND (c.batch_id = ANY($1::text[]) OR c.id = ANY($2::text[]))`,
    ids,
  );
  await client.query('UPDATE reject SET ref = NULL WHERE batch_id = ANY($1::text[])', [ids[0]]);
  return found;
}
