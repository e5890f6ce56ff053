import type { Queryable } from '@hedui/postgres';

/** True when a load of any record type may take effect now. A source that has nothing to do asks this and no more. */
export async function anyToApply(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ any: boolean }>(
    "SELECT EXISTS (SELECT FROM load WHERE state = 'received' AND (NOT waiting OR confirmed)) AS any",
  );
  return rows[0]?.any ?? false;
}

export interface ToSend {
  /** Loads that took effect have changes that have not all been sent. */
  loads: boolean;
  /** A record type has to be reconciled with its topic, as soon as that may be done. */
  reconcile: boolean;
}

/** What there is to send, of all record types. */
export async function whatToSend(db: Queryable): Promise<ToSend> {
  const { rows } = await db.query<ToSend>(
    `SELECT EXISTS (SELECT FROM load WHERE seq IS NOT NULL AND sent_at IS NULL) AS loads,
       EXISTS (SELECT FROM record_type WHERE reconcile) AS reconcile`,
  );
  return rows[0] ?? { loads: false, reconcile: false };
}
