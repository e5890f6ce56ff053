import { formatDay, type HouseholdEnding, keyBytes, monthOf } from '@hedui/contracts';
import type { Client } from '@hedui/postgres';

/** Notes that a household is left out; false when it was known. */
export async function addEnding(client: Client, ending: HouseholdEnding, issueNo: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO ending (chunk_id, index, reason, issue_no, applicant_key, month, as_of, programme, verification_type, region)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
    [
      ending.chunkId,
      ending.index,
      ending.reason,
      issueNo,
      keyBytes(ending.applicant),
      monthOf(ending.asOf),
      formatDay(ending.asOf),
      ending.programme,
      ending.verificationType,
      ending.region,
    ],
  );
  return rowCount === 1;
}
