import type { BatchId } from '@hedui/contracts';
import { asInteger, type Client, type CopyValue, copyRows, type Queryable } from '@hedui/postgres';

/** One line of a batch's reject list; `ref` is sealed. */
export interface NewReject {
  line: number;
  ref: Buffer | null;
  column: string | null;
  code: string;
  rule: string;
}
export interface StoredReject extends NewReject {
  no: number;
}

/** A rejected household while its batch is received. */
export interface RejectedHousehold {
  line: number;
  refHash: Buffer;
}

export async function insertRejects(client: Client, batchId: BatchId, rejects: readonly NewReject[]): Promise<void> {
  if (rejects.length === 0) return;
  const rows: CopyValue[][] = rejects.map((r) => [batchId, r.line, r.ref, r.column, r.code, r.rule]);
  await copyRows(
    client,
    {
      table: 'reject',
      columns: [
        { name: 'batch_id', type: 'text' },
        { name: 'line', type: 'int4' },
        { name: 'ref', type: 'bytea' },
        { name: 'column_name', type: 'text' },
        { name: 'code', type: 'text' },
        { name: 'rule', type: 'text' },
      ],
    },
    [rows],
  );
}

export async function insertRejectedHouseholds(
  client: Client,
  batchId: BatchId,
  households: readonly RejectedHousehold[],
): Promise<void> {
  if (households.length === 0) return;
  const rows: CopyValue[][] = households.map((h) => [batchId, h.line, h.refHash]);
  await copyRows(
    client,
    {
      table: 'rejected_household',
      columns: [
        { name: 'batch_id', type: 'text' },
        { name: 'line', type: 'int4' },
        { name: 'ref_hash', type: 'bytea' },
      ],
    },
    [rows],
  );
}

/** Adds a reason without a column at lines that stand in the list already, with their references. */
export async function addRejectAt(
  client: Client,
  batchId: BatchId,
  lines: readonly number[],
  code: string,
  rule: string,
): Promise<void> {
  await client.query(
    `INSERT INTO reject (batch_id, line, ref, code, rule)
     SELECT DISTINCT ON (line) batch_id, line, ref, $3, $4 FROM reject
     WHERE batch_id = $1 AND line = ANY($2::int[]) ORDER BY line, no`,
    [batchId, lines, code, rule],
  );
}

/** Removes the rows that only say that another row of the household is faulty: they have a reason of their own now. */
export async function deleteFaultlessRejects(
  client: Client,
  batchId: BatchId,
  lines: readonly number[],
): Promise<number> {
  const { rowCount } = await client.query(
    `DELETE FROM reject WHERE batch_id = $1 AND line = ANY($2::int[]) AND code = 'HOUSEHOLD_REJECTED'`,
    [batchId, lines],
  );
  return rowCount ?? 0;
}

/** The rejected households are needed only until the batch has been received. */
export async function forgetRejectedHouseholds(client: Client, batchId: BatchId): Promise<void> {
  await client.query('DELETE FROM rejected_household WHERE batch_id = $1', [batchId]);
}

/** By line, after a place in that order. */
export async function listRejects(
  db: Queryable,
  batchId: BatchId,
  after: { line: number; no: number },
  limit: number,
): Promise<StoredReject[]> {
  const { rows } = await db.query<{
    no: string;
    line: number;
    ref: Buffer | null;
    column_name: string | null;
    code: string;
    rule: string;
  }>(
    `SELECT no, line, ref, column_name, code, rule FROM reject
     WHERE batch_id = $1 AND (line, no) > ($2::int, $3::bigint) ORDER BY line, no LIMIT $4`,
    [batchId, after.line, after.no, limit],
  );
  return rows.map((row) => ({
    no: asInteger(row.no),
    line: row.line,
    ref: row.ref,
    column: row.column_name,
    code: row.code,
    rule: row.rule,
  }));
}
