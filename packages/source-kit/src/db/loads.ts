import type { Day, LoadMode, LoadState } from '@hedui/contracts';
import { asInteger, type Client, type Queryable } from '@hedui/postgres';
import type { LoadRequest } from '../intake/request.js';

/** A load as the database has it. */
export interface LoadRow {
  no: number;
  id: string;
  recordType: string;
  typeId: number;
  scope: string;
  scopePrefix: string;
  asOf: Day;
  mode: LoadMode;
  allowOlder: boolean;
  confirmed: boolean;
  waiting: boolean;
  /** Number of the newest load when this one learned which blocks of rows are known; null: it recognises and remembers none. */
  knownAtSeq: number | null;
  state: LoadState;
  seq: number | null;
  read: number;
  rejected: number;
  superseded: number;
  applied: number;
  unchanged: number;
  withdrawn: number;
  warnings: string[];
  refusal: string | null;
  correlationId: string;
  receivedAt: Date;
  storedAt: Date | null;
  appliedAt: Date | null;
}

const COLUMNS = `l.no, l.id, t.name AS "recordType", t.id AS "typeId", l.scope, l.scope_prefix AS "scopePrefix", l.as_of AS "asOf",
  l.mode, l.allow_older AS "allowOlder", l.confirmed, l.waiting, l.known_at_seq AS "knownAtSeq", l.state, l.seq, l.rows_read AS read, l.rows_rejected AS rejected,
  l.rows_superseded AS superseded, l.rows_applied AS applied, l.rows_unchanged AS unchanged, l.records_withdrawn AS withdrawn,
  l.warnings, l.refusal, l.correlation_id AS "correlationId", l.received_at AS "receivedAt", l.stored_at AS "storedAt",
  l.applied_at AS "appliedAt"`;

type Raw = Omit<LoadRow, Counted> & Record<Counted, string | null>;
type Counted = 'no' | 'knownAtSeq' | 'seq' | 'read' | 'rejected' | 'superseded' | 'applied' | 'unchanged' | 'withdrawn';

function toLoad(raw: Raw): LoadRow {
  return {
    ...raw,
    no: asInteger(raw.no),
    knownAtSeq: raw.knownAtSeq === null ? null : asInteger(raw.knownAtSeq),
    seq: raw.seq === null ? null : asInteger(raw.seq),
    read: asInteger(raw.read),
    rejected: asInteger(raw.rejected),
    superseded: asInteger(raw.superseded),
    applied: asInteger(raw.applied),
    unchanged: asInteger(raw.unchanged),
    withdrawn: asInteger(raw.withdrawn),
  };
}

async function oneLoad(db: Queryable, condition: string, values: unknown[]): Promise<LoadRow | null> {
  const { rows } = await db.query<Raw>(
    `SELECT ${COLUMNS} FROM load l JOIN record_type t ON t.id = l.record_type WHERE ${condition}`,
    values,
  );
  return rows[0] ? toLoad(rows[0]) : null;
}

export interface NewLoad extends LoadRequest {
  id: string;
  typeId: number;
  scopePrefix: string;
  correlationId: string;
}

/** Begins a load whose body is still coming; nobody sees it yet. Returns its number. */
export async function beginLoad(db: Queryable, load: NewLoad): Promise<number> {
  const { rows } = await db.query<{ no: string }>(
    `INSERT INTO load (id, record_type, scope, scope_prefix, as_of, mode, allow_older, confirmed, correlation_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING no`,
    [
      load.id,
      load.typeId,
      load.scope,
      load.scopePrefix,
      load.asOf,
      load.mode,
      load.allowOlder,
      load.confirmWithdrawals,
      load.correlationId,
    ],
  );
  return asInteger(rows[0]?.no);
}

/** Tells that a load is still being received. False when the load was given up meanwhile. */
export async function touchLoad(db: Queryable, no: number): Promise<boolean> {
  const { rowCount } = await db.query("UPDATE load SET touched_at = now() WHERE no = $1 AND state = 'receiving'", [no]);
  return rowCount === 1;
}

export interface ReceivedCounts {
  read: number;
  rejected: number;
  superseded: number;
  /** Of the rows read: those that lay in known blocks. */
  recognised: number;
  warnings: readonly string[];
}

/**
 * Gives a load whose body is complete its place: loads of a record type take effect in this order. The lock is held until
 * the end of the transaction, so that a place is never seen before the ones in front of it.
 */
export async function finishReceiving(
  client: Client,
  no: number,
  typeId: number,
  counts: ReceivedCounts,
): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtext('load-order'), $1)", [typeId]);
  const { rowCount } = await client.query(
    `UPDATE load SET state = 'received', received_order = nextval('load_order'), received_at = now(), touched_at = now(),
       rows_read = $2, rows_rejected = $3, rows_superseded = $4, warnings = $5, rows_recognised = $6
     WHERE no = $1 AND state = 'receiving'`,
    [no, counts.read, counts.rejected, counts.superseded, counts.warnings, counts.recognised],
  );
  if (rowCount !== 1) throw new Error('the load was given up while its body was coming');
}

/** Removes a load whose body broke off, with its rejects and evidence. False, and nothing is removed, when it has its place already. */
export async function deleteUnfinishedLoad(client: Client, no: number): Promise<boolean> {
  const { rowCount } = await client.query("DELETE FROM load WHERE no = $1 AND state = 'receiving'", [no]);
  if (rowCount !== 1) return false;
  await client.query('DELETE FROM load_reject WHERE load_no = $1', [no]);
  await client.query('DELETE FROM evidence_chunk WHERE load_no = $1', [no]);
  return true;
}

/** Loads of whose receiver nothing was heard for so many minutes: its process is gone. */
export async function abandonedLoads(db: Queryable, minutes: number): Promise<number[]> {
  const { rows } = await db.query<{ no: string }>(
    "SELECT no FROM load WHERE state = 'receiving' AND touched_at < now() - $1 * interval '1 minute'",
    [minutes],
  );
  return rows.map((row) => asInteger(row.no));
}

/** A load by its id; null when there is none or its body is still coming. */
export function findLoad(db: Queryable, id: string): Promise<LoadRow | null> {
  return oneLoad(db, "l.id = $1 AND l.state <> 'receiving'", [id]);
}

/** The next load of a record type to take effect: one that waits for a confirmation lets later ones pass. */
export function nextReceived(client: Client, typeId: number): Promise<LoadRow | null> {
  return oneLoad(
    client,
    "l.record_type = $1 AND l.state = 'received' AND (NOT l.waiting OR l.confirmed) ORDER BY l.received_order LIMIT 1",
    [typeId],
  );
}

/** As-of date of the last load of this record type and scope that took effect; null when there is none. */
export async function lastAsOf(db: Queryable, typeId: number, scope: string): Promise<Day | null> {
  const { rows } = await db.query<{ as_of: Day }>(
    'SELECT as_of FROM load WHERE record_type = $1 AND scope = $2 AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1',
    [typeId, scope],
  );
  return rows[0]?.as_of ?? null;
}

export async function markWaiting(client: Client, no: number): Promise<void> {
  await client.query('UPDATE load SET waiting = true WHERE no = $1', [no]);
}

export async function markRefused(client: Client, no: number, code: string): Promise<void> {
  await client.query("UPDATE load SET state = 'refused', waiting = false, refusal = $2 WHERE no = $1", [no, code]);
}

export interface StoredCounts {
  seq: number;
  applied: number;
  unchanged: number;
  withdrawn: number;
  /** Found when the load took effect; those found when it was received are counted already. */
  superseded: number;
}

export async function markStored(client: Client, no: number, counts: StoredCounts): Promise<void> {
  await client.query(
    `UPDATE load SET state = 'stored', waiting = false, seq = $2, rows_applied = $3, rows_unchanged = $4,
       records_withdrawn = $5, rows_superseded = rows_superseded + $6, stored_at = now() WHERE no = $1`,
    [no, counts.seq, counts.applied, counts.unchanged, counts.withdrawn, counts.superseded],
  );
}

/** Confirms what a waiting load would withdraw. False when it does not wait. */
export async function confirmLoad(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    "UPDATE load SET confirmed = true WHERE id = $1 AND state = 'received' AND waiting AND NOT confirmed",
    [id],
  );
  return rowCount === 1;
}

/** The stored load with the lowest number whose changes have not all been sent. */
export function nextToSend(db: Queryable, typeId: number): Promise<LoadRow | null> {
  return oneLoad(db, 'l.record_type = $1 AND l.seq IS NOT NULL AND l.sent_at IS NULL ORDER BY l.seq LIMIT 1', [typeId]);
}

/** Number of the first full load of a scope up to `seq`; null when there is none. */
export async function firstFullSeq(db: Queryable, typeId: number, scope: string, seq: number): Promise<number | null> {
  const { rows } = await db.query<{ seq: string | null }>(
    "SELECT min(seq) AS seq FROM load WHERE record_type = $1 AND scope = $2 AND mode = 'full' AND seq <= $3",
    [typeId, scope, seq],
  );
  const first = rows[0]?.seq ?? null;
  return first === null ? null : asInteger(first);
}

export async function markSent(db: Queryable, no: number): Promise<void> {
  await db.query('UPDATE load SET sent_at = now() WHERE no = $1', [no]);
}

/** The matcher has all loads up to `seq`: an announcement of an earlier one may have been compacted away. */
export async function markApplied(db: Queryable, recordType: string, seq: number, at: Date): Promise<void> {
  await db.query(
    `UPDATE load l SET state = 'applied', applied_at = $3 FROM record_type t
     WHERE t.id = l.record_type AND t.name = $1 AND l.seq <= $2 AND l.state = 'stored'`,
    [recordType, seq, at],
  );
}
