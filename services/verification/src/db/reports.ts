import type { BatchId, ChunkId, HouseholdEndingReason } from '@hedui/contracts';
import { asInteger, type Client, type Queryable, ready } from '@hedui/postgres';
import type { ChunkState } from './chunks.js';

/** Whose report this is. */
export interface ReportedChunk {
  no: number;
  batchId: BatchId | null;
  households: number;
}

const lockById = ready('SELECT no, batch_id, households FROM chunk WHERE id = $1 FOR UPDATE');

/** The chunk that a report speaks of, locked until the transaction ends: what ends from here on finds the report. Null when there is none. */
export async function lockChunkOfReport(client: Client, id: ChunkId): Promise<ReportedChunk | null> {
  const { rows } = await client.query<{ no: string; batch_id: BatchId | null; households: number }>(lockById([id]));
  const row = rows[0];
  return row ? { no: asInteger(row.no), batchId: row.batch_id, households: row.households } : null;
}

/** A report event without its basis, and the basis as it came. */
export interface StoredReport {
  event: Buffer;
  /** Null when it did not fit into the message. */
  basis: Uint8Array | null;
}

const storeFirst = ready(
  `WITH stored AS (
     INSERT INTO chunk_report (chunk_no, event, basis) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING chunk_no)
   UPDATE chunk SET state = 'reported' FROM stored WHERE no = stored.chunk_no`,
);

/** Stores the first report of a chunk; false when there is one already. */
export async function insertReport(client: Client, chunkNo: number, { event, basis }: StoredReport): Promise<boolean> {
  const { rowCount } = await client.query(storeFirst([chunkNo, event, basis]));
  return rowCount === 1;
}

/** What a report is put together from. */
export interface ReportParts {
  chunkId: ChunkId;
  batchId: BatchId | null;
  state: ChunkState;
  /** The wrapped key that opens `named`; null when it was destroyed. */
  dataKey: Buffer | null;
  named: Buffer;
  /** The request event as it was sent. */
  request: Buffer;
  /** Null while there is no report. */
  event: Buffer | null;
  /** The department that submitted it; null: the centre. */
  owner: string | null;
}

/** The same through one household's index row. */
export interface HouseholdParts extends ReportParts {
  /** Why it gets no report, or its report counts no longer; null for all others. */
  ended: HouseholdEndingReason | 'dropped' | null;
  /** Its named part was destroyed. */
  erased: boolean;
  region: string;
  programme: string;
}

interface PartsRow {
  id: ChunkId;
  batch_id: BatchId | null;
  state: ChunkState;
  data_key: Buffer | null;
  named: Buffer;
  request: Buffer;
  event: Buffer | null;
  owner: string | null;
}

const parts = (row: PartsRow): ReportParts => ({
  chunkId: row.id,
  batchId: row.batch_id,
  state: row.state,
  dataKey: row.data_key,
  named: row.named,
  request: row.request,
  event: row.event,
  owner: row.owner,
});

const PARTS = `c.id, c.batch_id, c.state, coalesce(c.data_key, batch_key(c.batch_id)) AS data_key, c.named,
    c.request, c.owner, r.event
  FROM chunk c LEFT JOIN chunk_report r ON r.chunk_no = c.no`;

/** The parts of one household's report, through its index row; null when there is no such household. */
export async function findReportParts(db: Queryable, id: ChunkId, place: number): Promise<HouseholdParts | null> {
  const { rows } = await db.query<PartsRow & Pick<HouseholdParts, 'region' | 'programme' | 'ended' | 'erased'>>(
    `SELECT h.region, h.programme, h.erased_at IS NOT NULL AS erased,
       (SELECT reason FROM household_ending e WHERE e.chunk_no = c.no AND e.place = $2) AS ended,
       ${PARTS} JOIN household h ON h.chunk_no = c.no AND h.place = $2
     WHERE c.id = $1 AND c.state <> 'held'`,
    [id, place],
  );
  const row = rows[0];
  return row
    ? { ...parts(row), region: row.region, programme: row.programme, ended: row.ended, erased: row.erased }
    : null;
}

/** The parts of a whole chunk of a batch. */
export async function readReportParts(db: Queryable, chunkNo: number): Promise<ReportParts | null> {
  const { rows } = await db.query<PartsRow>(`SELECT ${PARTS} WHERE c.no = $1`, [chunkNo]);
  return rows[0] ? parts(rows[0]) : null;
}

/** What the reports of a chunk were computed from, packed; null when it was not kept. */
export async function readPackedBasis(db: Queryable, id: ChunkId): Promise<Buffer | null> {
  const { rows } = await db.query<{ basis: Buffer | null }>(
    'SELECT r.basis FROM chunk_report r JOIN chunk c ON c.no = r.chunk_no WHERE c.id = $1',
    [id],
  );
  return rows[0]?.basis ?? null;
}
