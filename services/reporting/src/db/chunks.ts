import type { ReportChunk } from '@hedui/contracts';
import { asInteger, type Client } from '@hedui/postgres';

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

/** Notes a report chunk; its number, or null when this chunk id was counted before. */
export async function addChunk(
  client: Client,
  chunk: Omit<ReportChunk, 'households'>,
  issueNo: number,
): Promise<number | null> {
  const { rows } = await client.query<{ chunk_no: string }>(
    `INSERT INTO chunk (chunk_id, issue_no, engine_version, policy_id, policy_version, assessed_at)
     VALUES ($1, $2, $3, $4, $5, to_timestamp($6::double precision / 1000))
     ON CONFLICT (chunk_id) DO NOTHING RETURNING chunk_no`,
    [chunk.chunkId, issueNo, chunk.engineVersion, chunk.policy.id, chunk.policy.version, chunk.assessedAt],
  );
  return rows[0] ? asInteger(rows[0].chunk_no) : null;
}
