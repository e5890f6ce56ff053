import type { ReportChunk } from '@hedui/contracts';
import { asInteger, type Client } from '@hedui/postgres';
import type { Told } from '../ledger/life.js';

/** The place of a batch, or of an online check, in the order of issue; given at its first reports. */
export async function issueNumber(client: Client, name: string): Promise<number> {
  const known = await client.query<{ issue_no: string }>('SELECT issue_no FROM issue WHERE name = $1', [name]);
  if (known.rows[0]) return asInteger(known.rows[0].issue_no);
  const { rows } = await client.query<{ issue_no: string }>(
    `INSERT INTO issue (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name RETURNING issue_no`,
    [name],
  );
  return asInteger(rows[0]?.issue_no);
}

/** What the ledger knows of a chunk that it has counted. */
export interface CountedBefore extends Told {
  chunkNo: number;
  /** The report that was counted is the one that comes again. */
  same: boolean;
}

type Frame = Omit<ReportChunk, 'households'>;

/** Notes a report chunk; its number, or null when this chunk id was counted before. */
export async function addChunk(
  client: Client,
  chunk: Frame,
  issueNo: number,
  { life, kept }: Told,
): Promise<number | null> {
  const { rows } = await client.query<{ chunk_no: string }>(
    `INSERT INTO chunk (chunk_id, issue_no, engine_version, policy_id, policy_version, assessed_at, life, kept)
     VALUES ($1, $2, $3, $4, $5, to_timestamp($6::double precision / 1000), $7, $8)
     ON CONFLICT (chunk_id) DO NOTHING RETURNING chunk_no`,
    [chunk.chunkId, issueNo, chunk.engineVersion, chunk.policy.id, chunk.policy.version, chunk.assessedAt, life, kept],
  );
  return rows[0] ? asInteger(rows[0].chunk_no) : null;
}

/** The chunk of this id that was counted, locked. It must be there. */
export async function lockCounted(client: Client, { chunkId, assessedAt }: Frame): Promise<CountedBefore> {
  const { rows } = await client.query<{ chunk_no: string; life: string | null; kept: boolean; same: boolean }>(
    `SELECT chunk_no, life, kept, assessed_at = to_timestamp($2::double precision / 1000) AS same
     FROM chunk WHERE chunk_id = $1 FOR UPDATE`,
    [chunkId, assessedAt],
  );
  const [row] = rows;
  if (!row) throw new Error(`chunk ${chunkId} was not counted`);
  const { life, kept, same } = row;
  return { chunkNo: asInteger(row.chunk_no), life, kept, same };
}

/** Notes of a counted chunk by which report it is counted from here on. */
export async function putCounted(client: Client, chunkNo: number, chunk: Frame, { life, kept }: Told): Promise<void> {
  await client.query(
    `UPDATE chunk SET engine_version = $2, policy_id = $3, policy_version = $4,
       assessed_at = to_timestamp($5::double precision / 1000), life = $6, kept = $7
     WHERE chunk_no = $1`,
    [chunkNo, chunk.engineVersion, chunk.policy.id, chunk.policy.version, chunk.assessedAt, life, kept],
  );
}
