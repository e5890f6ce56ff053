import { type BatchId, type BatchState, type Day, formatDay, type PolicyRef, type Purpose } from '@hedui/contracts';
import { asInteger, type Client, type Queryable } from '@hedui/postgres';

export interface StoredBatch {
  id: BatchId;
  /** Grows with every batch; the order of lists. */
  seq: number;
  /** YYYY-MM-DD */
  asOf: string;
  policy: PolicyRef;
  state: BatchState;
  dataKey: Buffer | null;
  counts: {
    households: number;
    accepted: number;
    rejected: number;
    rejectedRows: number;
    reports: number;
    /** Accepted households that get no report, or whose report counts no longer, because an authorisation ended. */
    withdrawn: number;
    /** Households that wait for somebody to decide on a dead letter. */
    stuck: number;
    /** Accepted households that were given up with a dead letter. */
    dropped: number;
  };
  warnings: string[];
  createdAt: Date;
  finishedAt: Date | null;
  correlationId: string;
  /** The department that submitted it; null: the centre. */
  owner: string | null;
  /** Of its accepted households; before it is received, and when none was accepted: of whoever submitted it. */
  regions: string[];
  purposes: Purpose[];
}

interface BatchRow {
  id: BatchId;
  seq: string;
  as_of: string;
  policy_id: string;
  policy_version: number;
  policy_digest: string;
  state: BatchState;
  data_key: Buffer | null;
  households: number;
  accepted: number;
  rejected: number;
  rejected_rows: number;
  reports: number;
  withdrawn: number;
  stuck: number;
  dropped: number;
  warnings: string[];
  created_at: Date;
  finished_at: Date | null;
  correlation_id: string;
  owner: string | null;
  regions: string[];
  purposes: Purpose[];
}

const COLUMNS = `id, seq, as_of::text, policy_id, policy_version, policy_digest, state, data_key, households, accepted,
  rejected, rejected_rows, reports, withdrawn, stuck, dropped, warnings, created_at, finished_at, correlation_id, owner, regions, purposes`;

function stored(row: BatchRow): StoredBatch {
  const { households, accepted, rejected, reports, withdrawn, stuck, dropped } = row;
  return {
    id: row.id,
    seq: asInteger(row.seq),
    asOf: row.as_of,
    policy: { id: row.policy_id, version: row.policy_version, digest: row.policy_digest },
    state: row.state,
    dataKey: row.data_key,
    counts: { households, accepted, rejected, rejectedRows: row.rejected_rows, reports, withdrawn, stuck, dropped },
    warnings: row.warnings,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    correlationId: row.correlation_id,
    owner: row.owner,
    regions: row.regions,
    purposes: row.purposes,
  };
}

/** Begins a batch in state `receiving`. */
export async function insertBatch(
  db: Queryable,
  batch: {
    id: BatchId;
    asOf: Day;
    policy: PolicyRef;
    dataKey: Buffer;
    correlationId: string;
    /** Of whoever submits it. */
    owner: string | null;
    regions: readonly string[];
    purposes: readonly Purpose[];
    /** Version of the pseudonym key that it keeps to. */
    keyVersion: string;
  },
): Promise<void> {
  await db.query(
    `INSERT INTO batch (id, as_of, policy_id, policy_version, policy_digest, data_key, correlation_id,
       owner, regions, purposes, key_version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      batch.id,
      formatDay(batch.asOf),
      batch.policy.id,
      batch.policy.version,
      batch.policy.digest,
      batch.dataKey,
      batch.correlationId,
      batch.owner,
      batch.regions,
      batch.purposes,
      batch.keyVersion,
    ],
  );
}

/** Says that the receiver lives; false when the batch is no longer being received (it was swept away). */
export async function keepReceiving(db: Queryable, id: BatchId): Promise<boolean> {
  const { rowCount } = await db.query(`UPDATE batch SET alive_at = now() WHERE id = $1 AND state = 'receiving'`, [id]);
  return rowCount === 1;
}

/** Locks a batch that is being received until the transaction ends; false when it was swept away. */
export async function lockReceiving(client: Client, id: BatchId): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE batch SET alive_at = now() WHERE id = $1 AND state = 'receiving' RETURNING id`,
    [id],
  );
  return rowCount === 1;
}

/** Batches whose receiver has been silent for so many seconds, by the database's clock. */
export async function abandonedBatches(db: Queryable, silentSeconds: number): Promise<BatchId[]> {
  const { rows } = await db.query<{ id: BatchId }>(
    `SELECT id FROM batch WHERE state = 'receiving' AND alive_at < now() - make_interval(secs => $1)`,
    [silentSeconds],
  );
  return rows.map((row) => row.id);
}

/**
 * Removes everything of a batch whose body did not arrive whole. With `silentSeconds` only if its receiver is still
 * silent. False when there is no such batch.
 */
export async function deleteReceiving(client: Client, id: BatchId, silentSeconds = 0): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM batch WHERE id = $1 AND state = 'receiving'
       AND ($2 = 0 OR alive_at < now() - make_interval(secs => $2)) FOR UPDATE`,
    [id, silentSeconds],
  );
  if (rowCount !== 1) return false;
  await client.query('DELETE FROM household WHERE chunk_no = ANY(ARRAY(SELECT no FROM chunk WHERE batch_id = $1))', [
    id,
  ]);
  await client.query('DELETE FROM chunk WHERE batch_id = $1', [id]);
  await client.query('DELETE FROM reject WHERE batch_id = $1', [id]);
  await client.query('DELETE FROM rejected_household WHERE batch_id = $1', [id]);
  await client.query('DELETE FROM batch WHERE id = $1', [id]);
  return true;
}

/** The body has been read: sets the counts, releases the chunks, and ends at once a batch that has nothing to assess. */
export async function releaseBatch(
  client: Client,
  id: BatchId,
  outcome: {
    accepted: number;
    rejected: number;
    rejectedRows: number;
    warnings: readonly string[];
    /** Of the accepted households; not used when there are none. */
    regions: readonly string[];
    purposes: readonly Purpose[];
  },
): Promise<StoredBatch | null> {
  const { rows } = await client.query<BatchRow>(
    `UPDATE batch SET households = $2::int + $3::int, accepted = $2, rejected = $3, rejected_rows = $4, warnings = $5,
       state = CASE WHEN $2::int = 0 THEN 'done' ELSE 'running' END,
       finished_at = CASE WHEN $2::int = 0 THEN now() END,
       regions = CASE WHEN $2::int = 0 THEN regions ELSE $6 END, purposes = CASE WHEN $2::int = 0 THEN purposes ELSE $7 END
     WHERE id = $1 AND state = 'receiving' RETURNING ${COLUMNS}`,
    [id, outcome.accepted, outcome.rejected, outcome.rejectedRows, outcome.warnings, outcome.regions, outcome.purposes],
  );
  await client.query(`UPDATE chunk SET state = 'ready' WHERE batch_id = $1 AND state = 'held'`, [id]);
  return rows[0] ? stored(rows[0]) : null;
}

export async function findBatch(db: Queryable, id: BatchId): Promise<StoredBatch | null> {
  const { rows } = await db.query<BatchRow>(`SELECT ${COLUMNS} FROM batch WHERE id = $1`, [id]);
  return rows[0] ? stored(rows[0]) : null;
}

/** The same, locked until the transaction ends. */
export async function lockBatch(client: Client, id: BatchId): Promise<StoredBatch | null> {
  const { rows } = await client.query<BatchRow>(`SELECT ${COLUMNS} FROM batch WHERE id = $1 FOR UPDATE`, [id]);
  return rows[0] ? stored(rows[0]) : null;
}

/** Newest first, those before `before`. */
export async function listBatches(db: Queryable, before: number | null, limit: number): Promise<StoredBatch[]> {
  const { rows } = await db.query<BatchRow>(
    `SELECT ${COLUMNS} FROM batch WHERE $1::bigint IS NULL OR seq < $1 ORDER BY seq DESC LIMIT $2`,
    [before, limit],
  );
  return rows.map(stored);
}

/** Ends a running batch; what has not been sent is dropped. */
export async function cancelBatch(client: Client, id: BatchId): Promise<StoredBatch | null> {
  const { rows } = await client.query<BatchRow>(
    `UPDATE batch SET state = 'cancelled', finished_at = now() WHERE id = $1 AND state = 'running' RETURNING ${COLUMNS}`,
    [id],
  );
  await client.query(`UPDATE chunk SET state = 'dropped' WHERE batch_id = $1 AND state = 'ready'`, [id]);
  return rows[0] ? stored(rows[0]) : null;
}

/** Adds reports that have just been stored, and ends the batches that now have all of theirs; those are returned. */
export async function countReports(client: Client, reports: ReadonlyMap<BatchId, number>): Promise<BatchId[]> {
  // In one order everywhere, so that two transactions cannot wait for each other.
  const ids = [...reports.keys()].sort();
  const { rows } = await client.query<{ id: BatchId; state: BatchState }>(
    `UPDATE batch b SET reports = b.reports + t.added,
       state = CASE WHEN b.state = 'running' AND b.reports + b.withdrawn + b.dropped + t.added >= b.accepted THEN 'done' ELSE b.state END,
       finished_at = CASE WHEN b.state = 'running' AND b.reports + b.withdrawn + b.dropped + t.added >= b.accepted THEN now() ELSE b.finished_at END
     FROM unnest($1::text[], $2::int[]) AS t(id, added) WHERE b.id = t.id RETURNING b.id, b.state`,
    [ids, ids.map((id) => reports.get(id) ?? 0)],
  );
  return rows.filter(({ state }) => state === 'done').map(({ id }) => id);
}
