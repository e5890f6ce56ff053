import type { Queryable } from '@hedui/postgres';

/** How failed logins are held back; see passwords/lock-out.ts. */
export interface HoldBack {
  /** Failures that cost nothing. */
  free: number;
  /** Seconds of the first pause; each further failure doubles it, */
  first: number;
  /** up to this many seconds. */
  most: number;
  /** Seconds without a failure after which all are forgotten. */
  forget: number;
}

export type AttemptKind = 'account' | 'address';

/** No pause. Not the time of the statement: one that began a moment earlier and got the row later would find itself before it, and be turned away. */
const OPEN = `'epoch'::timestamptz`;

/**
 * Counts an attempt as failed before it is looked at, so that a thousand at once are no cheaper than a thousand in a row. Gives the count,
 * or null when the pause after the last failure is not over.
 */
export async function takeAttempt(
  db: Queryable,
  kind: AttemptKind,
  key: string,
  rule: HoldBack,
): Promise<number | null> {
  const { rows } = await db.query<{ failures: number }>(
    `INSERT INTO login_attempt AS a (kind, key, failures, last_at, open_at) VALUES ($1, $2, 1, now(), ${OPEN})
     ON CONFLICT (kind, key) DO UPDATE SET
       failures = CASE WHEN a.last_at < now() - $6 * interval '1 second' THEN 1 ELSE a.failures + 1 END,
       last_at = now(),
       open_at = CASE
         WHEN a.last_at < now() - $6 * interval '1 second' OR a.failures < $3 THEN ${OPEN}
         ELSE now() + interval '1 second' * least($5::float, $4::float * power(2, least(a.failures - $3, 20))) END
     WHERE a.open_at <= now()
     RETURNING failures`,
    [kind, key, rule.free, rule.first, rule.most, rule.forget],
  );
  return rows[0]?.failures ?? null;
}

/** Whole seconds until the next attempt is looked at. */
export async function attemptOpensIn(db: Queryable, kind: AttemptKind, key: string): Promise<number> {
  const { rows } = await db.query<{ seconds: number }>(
    `SELECT greatest(1, ceil(extract(epoch FROM open_at - now())))::int AS seconds
     FROM login_attempt WHERE kind = $1 AND key = $2`,
    [kind, key],
  );
  return rows[0]?.seconds ?? 1;
}

/** The attempt was none, or succeeded: its count is taken back. */
export async function giveAttemptBack(db: Queryable, kind: AttemptKind, key: string): Promise<void> {
  await db.query(
    `UPDATE login_attempt SET failures = greatest(failures - 1, 0), open_at = ${OPEN} WHERE kind = $1 AND key = $2`,
    [kind, key],
  );
}

export async function forgetAttempts(db: Queryable, kind: AttemptKind, key: string): Promise<void> {
  await db.query('DELETE FROM login_attempt WHERE kind = $1 AND key = $2', [kind, key]);
}

/** Removes what `rule` has forgotten. */
export async function sweepAttempts(db: Queryable, kind: AttemptKind, rule: HoldBack): Promise<void> {
  await db.query(
    `DELETE FROM login_attempt WHERE kind = $1 AND last_at < now() - $2 * interval '1 second' AND open_at < now()`,
    [kind, rule.forget],
  );
}
