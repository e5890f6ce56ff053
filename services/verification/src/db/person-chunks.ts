import type { BatchId, ChunkId, HouseholdEndingReason } from '@hedui/contracts';
import { asInteger, type Client, type Queryable } from '@hedui/postgres';
import type { ChunkState } from './chunks.js';

/** A chunk to look for persons in. */
export interface NamedChunkRow {
  no: number;
  id: ChunkId;
  batchId: BatchId | null;
  state: ChunkState;
  households: number;
  /** Null when it was destroyed. */
  dataKey: Buffer | null;
  named: Buffer;
  request: Buffer;
  owner: string | null;
  sentAt: Date | null;
  /** Null while there is no report. */
  event: Buffer | null;
}

interface Row {
  no: string;
  id: ChunkId;
  batch_id: BatchId | null;
  state: ChunkState;
  households: number;
  data_key: Buffer | null;
  named: Buffer;
  request: Buffer;
  owner: string | null;
  sent_at: Date | null;
  event: Buffer | null;
}

/** Chunks in these states that may hold the person whose print this is, oldest first; of one batch only when it is named. */
export async function chunksWithPerson(
  db: Queryable,
  print: Buffer,
  of: { states: readonly ChunkState[]; batchId?: BatchId },
): Promise<number[]> {
  const { rows } = await db.query<{ no: string }>(
    `SELECT no FROM chunk WHERE state = ANY($2::text[]) AND ($3::text IS NULL OR batch_id = $3)
       AND (persons IS NULL OR position($1::bytea IN persons) > 0) ORDER BY no`,
    [print, of.states, of.batchId ?? null],
  );
  return rows.map((row) => asInteger(row.no));
}

const COLUMNS = `c.no, c.id, c.batch_id, c.state, c.households, coalesce(c.data_key, b.data_key) AS data_key, c.named, c.request,
  c.owner, c.sent_at, r.event`;
const TABLES = 'chunk c LEFT JOIN batch b ON b.id = c.batch_id LEFT JOIN chunk_report r ON r.chunk_no = c.no';

const read = (row: Row): NamedChunkRow => ({
  no: asInteger(row.no),
  id: row.id,
  batchId: row.batch_id,
  state: row.state,
  households: row.households,
  dataKey: row.data_key,
  named: row.named,
  request: row.request,
  owner: row.owner,
  sentAt: row.sent_at,
  event: row.event,
});

export async function readNamedChunk(db: Queryable, no: number): Promise<NamedChunkRow | null> {
  const { rows } = await db.query<Row>(`SELECT ${COLUMNS} FROM ${TABLES} WHERE c.no = $1`, [no]);
  return rows[0] ? read(rows[0]) : null;
}

/** Locks a chunk until the transaction ends; false when it is gone. What is read after it is what is true. */
export async function lockChunk(client: Client, no: number): Promise<boolean> {
  const { rowCount } = await client.query('SELECT 1 FROM chunk WHERE no = $1 FOR UPDATE', [no]);
  return rowCount === 1;
}

/** Nothing is left to ask about in this chunk. */
export async function dropChunk(client: Client, no: number): Promise<void> {
  await client.query(`UPDATE chunk SET state = 'dropped' WHERE no = $1 AND state = 'ready'`, [no]);
}

/** Reported chunks whose objection period is over and that are not settled, locked; oldest first. */
export async function lockUnsettled(
  client: Client,
  objectionDays: number,
  limit: number,
): Promise<{ no: number; event: Buffer }[]> {
  const { rows } = await client.query<{ no: string; event: Buffer }>(
    `SELECT chunk_no AS no, event FROM chunk_report
     WHERE NOT settled AND stored_at < now() - make_interval(days => $1)
     ORDER BY stored_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [objectionDays, limit],
  );
  return rows.map((row) => ({ no: asInteger(row.no), event: row.event }));
}

export async function markSettled(client: Client, chunkNos: readonly number[]): Promise<void> {
  await client.query('UPDATE chunk_report SET settled = true WHERE chunk_no = ANY($1::bigint[])', [chunkNos]);
}

/** The person prints of chunks after one, in pages. Null: they may hold anybody. */
export async function printsAfter(
  db: Queryable,
  no: number,
  limit: number,
): Promise<{ no: number; persons: Buffer | null }[]> {
  const { rows } = await db.query<{ no: string; persons: Buffer | null }>(
    `SELECT no, persons FROM chunk WHERE no > $1 AND state <> 'dropped' ORDER BY no LIMIT $2`,
    [no, limit],
  );
  return rows.map((row) => ({ no: asInteger(row.no), persons: row.persons }));
}

/** Households of a chunk that have ended, by place. */
export async function householdEndings(
  db: Queryable,
  no: number,
): Promise<Map<number, { reason: HouseholdEndingReason | 'dropped'; endedAt: Date }>> {
  const { rows } = await db.query<{ place: number; reason: HouseholdEndingReason | 'dropped'; ended_at: Date }>(
    'SELECT place, reason, ended_at FROM household_ending WHERE chunk_no = $1',
    [no],
  );
  return new Map(rows.map((row) => [row.place, { reason: row.reason, endedAt: row.ended_at }]));
}
