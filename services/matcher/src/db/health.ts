import { asInteger, type Queryable } from '@hedui/postgres';

/** The newest load of each record type that was applied whole, as `source/type` → its number; and the epoch it is of. */
export async function appliedLoads(db: Queryable): Promise<{ type: string; epoch: number; seq: number }[]> {
  const { rows } = await db.query<{ type: string; epoch: number; seq: string }>(
    `SELECT DISTINCT ON (source, record_type) source || '/' || record_type AS type, epoch, seq FROM coverage
     ORDER BY source, record_type, epoch DESC, seq DESC`,
  );
  return rows.map(({ type, epoch, seq }) => ({ type, epoch, seq: asInteger(seq) }));
}

/** Partitions that have not been read to the end that they had when the group began, or began again. */
export async function partitionsBehind(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ n: string }>(
    'SELECT count(*) AS n FROM log_position WHERE next_offset < catch_up_to',
  );
  return asInteger(rows[0]?.n ?? 0);
}
