import { asInteger, type Queryable } from '@hedui/postgres';

/** Reports that the ledger has of its newest batches, by batch id. */
export async function countLedger(db: Queryable, batches: number): Promise<Map<string, number>> {
  const { rows } = await db.query<{ name: string; n: string }>(
    `SELECT i.name, count(*) AS n FROM (
       SELECT issue_no, name FROM issue WHERE NOT EXISTS (SELECT FROM chunk c WHERE c.chunk_id = issue.name)
       ORDER BY issue_no DESC LIMIT $1) i
     JOIN chunk c ON c.issue_no = i.issue_no JOIN ledger l ON l.chunk_no = c.chunk_no GROUP BY i.name`,
    [batches],
  );
  return new Map(rows.map(({ name, n }) => [name, asInteger(n)]));
}
