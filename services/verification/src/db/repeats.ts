import type { BatchId } from '@hedui/contracts';
import { asInteger, type Client } from '@hedui/postgres';

/** An accepted household whose household_ref stands for another household of the batch too. */
export interface RepeatedHousehold {
  chunkNo: number;
  place: number;
}

/**
 * Finds every household_ref that stands for more than one household of a batch, rejected ones included: the accepted
 * households to be taken out, and the first lines of the rejected ones, which get the reason too.
 */
export async function findRepeats(
  client: Client,
  batchId: BatchId,
): Promise<{ accepted: RepeatedHousehold[]; rejectedLines: number[] }> {
  await client.query(`SET LOCAL statement_timeout = '15min'`);
  await client.query(
    `CREATE TEMPORARY TABLE repeated_ref ON COMMIT DROP AS
     SELECT ref_hash FROM (
       SELECT h.ref_hash FROM household h JOIN chunk c ON c.no = h.chunk_no WHERE c.batch_id = $1
       UNION ALL SELECT ref_hash FROM rejected_household WHERE batch_id = $1
     ) every GROUP BY ref_hash HAVING count(*) > 1`,
    [batchId],
  );
  const accepted = await client.query<{ chunk_no: string; place: number }>(
    `SELECT h.chunk_no, h.place FROM household h JOIN chunk c ON c.no = h.chunk_no JOIN repeated_ref r USING (ref_hash)
     WHERE c.batch_id = $1 ORDER BY h.chunk_no, h.place`,
    [batchId],
  );
  const rejected = await client.query<{ line: number }>(
    'SELECT line FROM rejected_household JOIN repeated_ref USING (ref_hash) WHERE batch_id = $1 ORDER BY line',
    [batchId],
  );
  await client.query('DROP TABLE repeated_ref');
  return {
    accepted: accepted.rows.map((row) => ({ chunkNo: asInteger(row.chunk_no), place: row.place })),
    rejectedLines: rejected.rows.map((row) => row.line),
  };
}
