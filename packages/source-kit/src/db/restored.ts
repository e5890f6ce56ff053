import type { Day, LoadMarker } from '@hedui/contracts';
import { type Client, inTransaction, type Pool, type Queryable } from '@hedui/postgres';

/** True when the load is here. */
export async function isKnownLoad(db: Queryable, loadId: string): Promise<boolean> {
  const { rowCount } = await db.query('SELECT FROM load WHERE id = $1 AND seq IS NOT NULL', [loadId]);
  return rowCount === 1;
}

/** Notes a load that the log knows and this database does not. */
export async function noteLostLoad(client: Client, marker: LoadMarker): Promise<void> {
  await client.query(
    `INSERT INTO lost_load (load_id, record_type, scope, as_of) SELECT $1, id, $3, $4 FROM record_type WHERE name = $2
     ON CONFLICT DO NOTHING`,
    [marker.loadId, marker.recordType, marker.scope, marker.asOf],
  );
}

/** Gives the database an epoch above every one that the log knows, and notes that topics and records have to be reconciled. */
export async function beginEpochAfter(client: Client, epoch: number): Promise<number> {
  const { rows } = await client.query<{ epoch: number }>(
    'UPDATE source_state SET epoch = greatest(epoch, $1) + 1 RETURNING epoch',
    [epoch],
  );
  await client.query('UPDATE record_type SET reconcile = true');
  return rows[0]?.epoch ?? 0;
}

/** True when persons of the type who are on the topic alone may be taken back: every scope that was lost is known again. */
export async function mayReconcile(db: Queryable, typeId: number): Promise<boolean> {
  const { rows } = await db.query<{ may: boolean }>(
    `SELECT t.reconcile AND NOT EXISTS (
       SELECT FROM lost_load x WHERE x.record_type = t.id AND NOT EXISTS (
         SELECT FROM load l WHERE l.record_type = t.id AND l.scope = x.scope AND l.seq IS NOT NULL)) AS may
     FROM record_type t WHERE t.id = $1`,
    [typeId],
  );
  return rows[0]?.may ?? false;
}

/** Notes persons of whom the topic holds a slice and this database no record: they are sent an empty one. How many. */
export async function takeBackUnknown(db: Queryable, typeId: number, persons: readonly Buffer[]): Promise<number> {
  const { rowCount } = await db.query(
    `INSERT INTO slice_pending (record_type, person_key, since, counter)
     SELECT DISTINCT t.id, k, 0, t.seq FROM record_type t, unnest($2::bytea[]) AS k WHERE t.id = $1
       AND NOT EXISTS (SELECT FROM record r WHERE r.record_type = t.id AND r.person_key = k)
       AND NOT EXISTS (SELECT FROM record r WHERE r.record_type = t.id AND r.other_person_key = k)
     ON CONFLICT (record_type, person_key) DO NOTHING`,
    [typeId, persons],
  );
  return rowCount ?? 0;
}

/** All of the topic was looked at: what was noted, if anything, goes out behind the newest load. */
export async function endReconciling(pool: Pool, typeId: number, noted: boolean): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('relay'))");
    await client.query('UPDATE record_type SET reconcile = false WHERE id = $1', [typeId]);
    if (!noted) return;
    await client.query(
      `UPDATE load SET sent_at = NULL WHERE record_type = $1 AND seq = (SELECT max(seq) FROM load WHERE record_type = $1)`,
      [typeId],
    );
  });
}

export interface LostLoad {
  loadId: string;
  recordType: string;
  scope: string;
  asOf: Day;
}

/** Loads that were lost and whose scope has not been loaded again since that was noticed. */
export async function lostLoads(db: Queryable): Promise<LostLoad[]> {
  const { rows } = await db.query<LostLoad>(
    `SELECT x.load_id AS "loadId", t.name AS "recordType", x.scope, x.as_of AS "asOf"
     FROM lost_load x JOIN record_type t ON t.id = x.record_type
     WHERE NOT EXISTS (SELECT FROM load l WHERE l.record_type = x.record_type AND l.scope = x.scope AND l.stored_at > x.seen_at)
     ORDER BY t.name, x.scope`,
  );
  return rows;
}
