import { errorCode } from '@hedui/errors';
import type pg from 'pg';

/** A statement or a lock was waited for in vain. */
const IN_VAIN = new Set(['57014', '55P03']);

export const waitedInVain = (error: unknown): boolean => IN_VAIN.has(errorCode(error));

/**
 * Ends the sessions of this role in this database whose client stopped in the middle of a statement at least `ms` ago: rows of a COPY half sent, an
 * answer half taken. The server's own timeouts do not end them, for it looks at those only between two messages; a process that stands
 * still, or a network that is gone without a word, would keep its locks for ever. No COPY of ours takes so long. Returns how many were ended.
 */
export async function endSilentClients(
  db: Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>,
  ms: number,
): Promise<number> {
  const { rows } = await db.query<{ ended: boolean }>(
    `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
     WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
       AND state = 'active' AND wait_event IN ('ClientRead', 'ClientWrite')
       AND query_start < clock_timestamp() - make_interval(secs => $1)`,
    [ms / 1000],
  );
  return rows.filter(({ ended }) => ended).length;
}
