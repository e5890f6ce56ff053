import type { BatchId } from '@hedui/contracts';
import { allowLonger, asInteger, type Client } from '@hedui/postgres';

/** An accepted household whose household_ref stands for another household of the batch too. */
export interface RepeatedHousehold {
  chunkNo: number;
  place: number;
}

/**
 * Finds every household_ref that stands for more than one household of a batch, rejected ones included: the accepted
 * households to be taken out, and the first lines of the rejected ones, which get the reason too. `chunkNos` are the batch's
 * chunks: named one by one, so that the search goes by the key and never through other batches' households.
 */
export async function findRepeats(
  client: Client,
  batchId: BatchId,
  chunkNos: readonly number[],
): Promise<{ accepted: RepeatedHousehold[]; rejectedLines: number[] }> {
  await allowLonger(client, 900);
  await client.query(
    `CREATE TEMPORARY TABLE repeated_ref ON COMMIT DROP AS
     SELECT ref_hash FROM (
       SELECT ref_hash FROM household WHERE chunk_no = ANY($1::bigint[])
       UNION ALL SELECT ref_hash FROM rejected_household WHERE batch_id = $2
     ) every GROUP BY ref_hash HAVING count(*) > 1`,
    [chunkNos, batchId],
  );
  const accepted = await client.query<{ chunk_no: string; place: number }>(
    `SELECT chunk_no, place FROM household JOIN repeated_ref USING (ref_hash)
     WHERE chunk_no = ANY($1::bigint[]) ORDER BY chunk_no, place`,
    [chunkNos],
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
