import { asInteger, type Queryable } from '@hedui/postgres';

export interface SourceFigures {
  /** Loads that took effect and have not been sent whole, and for how long the oldest. */
  unsent: number;
  unsentSeconds: number;
  /** Loads that were sent and that the matcher has not applied within ten minutes. */
  unapplied: number;
  /** Loads that wait for a confirmation. */
  waiting: number;
  /** Persons whose slice is to be sent. */
  pending: number;
}

export async function sourceFigures(db: Queryable): Promise<SourceFigures> {
  const { rows } = await db.query<Record<'unsent' | 'age' | 'unapplied' | 'waiting' | 'pending', string>>(
    `SELECT count(*) FILTER (WHERE seq IS NOT NULL AND sent_at IS NULL) AS unsent,
       coalesce(extract(epoch FROM now() - min(stored_at) FILTER (WHERE seq IS NOT NULL AND sent_at IS NULL)), 0)::bigint AS age,
       count(*) FILTER (WHERE state = 'stored' AND sent_at < now() - interval '10 minutes') AS unapplied,
       count(*) FILTER (WHERE state = 'received' AND waiting AND NOT confirmed) AS waiting,
       (SELECT count(*) FROM slice_pending) AS pending
     FROM load`,
  );
  const [row] = rows;
  return {
    unsent: asInteger(row?.unsent ?? 0),
    unsentSeconds: asInteger(row?.age ?? 0),
    unapplied: asInteger(row?.unapplied ?? 0),
    waiting: asInteger(row?.waiting ?? 0),
    pending: asInteger(row?.pending ?? 0),
  };
}

/** The number of the newest load of each record type that took effect. */
export async function newestLoads(db: Queryable): Promise<{ type: string; seq: number }[]> {
  const { rows } = await db.query<{ type: string; seq: string }>('SELECT name AS type, seq FROM record_type');
  return rows.map(({ type, seq }) => ({ type, seq: asInteger(seq) }));
}
