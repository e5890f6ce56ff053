import type { BatchId, ChunkId, RotationTold } from '@hedui/contracts';
import { asInteger, type Client, type Queryable } from '@hedui/postgres';

export type LeadStep = 'preparing' | 'draining' | 'clearing' | 'done';

/** A rotation of the pseudonym key as its leader has it. */
export interface KeyRotation {
  from: string;
  to: string;
  step: LeadStep;
  followedTo: number;
  followed: number;
  followedAsked: boolean;
  startedAt: Date;
  finishedAt: Date | null;
}

interface Row {
  from_version: string;
  to_version: string;
  step: LeadStep;
  followed_to: string;
  followed: string;
  followed_asked: boolean;
  started_at: Date;
  finished_at: Date | null;
}

const read = (row: Row): KeyRotation => ({
  from: row.from_version,
  to: row.to_version,
  step: row.step,
  followedTo: asInteger(row.followed_to),
  followed: asInteger(row.followed),
  followedAsked: row.followed_asked,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
});

/** One leader at a time, of any number of copies of the service; false when another is at it. */
export async function becomeLeader(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ won: boolean }>(
    `SELECT pg_try_advisory_xact_lock(hashtext('verification:rotation')) AS won`,
  );
  return rows[0]?.won === true;
}

/** Becomes the leader until the transaction ends, after whoever is at it. */
export async function waitForLeader(client: Client): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('verification:rotation'))`);
}

/** The ledger is told of all applicants once more, before it is asked or told anything further. */
export async function beginToFollowAgain(db: Queryable, to: string): Promise<void> {
  await db.query(
    `UPDATE key_rotation SET followed_to = 0, followed_asked = false,
       step = CASE step WHEN 'clearing' THEN 'draining' ELSE step END WHERE to_version = $1 AND step <> 'done'`,
    [to],
  );
}

/** The rotation under way; null when there is none. */
export async function openRotation(db: Queryable): Promise<KeyRotation | null> {
  const { rows } = await db.query<Row>("SELECT * FROM key_rotation WHERE step <> 'done' LIMIT 1");
  return rows[0] ? read(rows[0]) : null;
}

/** All rotations, the newest first. */
export async function listRotations(db: Queryable): Promise<KeyRotation[]> {
  const { rows } = await db.query<Row>('SELECT * FROM key_rotation ORDER BY started_at DESC');
  return rows.map(read);
}

/** Begins a rotation; false when this version was used before. */
export async function beginRotation(db: Queryable, from: string, to: string): Promise<boolean> {
  const { rowCount } = await db.query(
    "INSERT INTO key_rotation (from_version, to_version, step) VALUES ($1, $2, 'preparing') ON CONFLICT DO NOTHING",
    [from, to],
  );
  return rowCount === 1;
}

export async function enterStep(db: Queryable, to: string, step: LeadStep): Promise<void> {
  await db.query(
    `UPDATE key_rotation SET step = $2, switched_at = CASE WHEN $2 = 'draining' THEN now() ELSE switched_at END,
       finished_at = CASE WHEN $2 = 'done' THEN now() ELSE finished_at END WHERE to_version = $1`,
    [to, step],
  );
}

/** A chunk whose applicants' keys the ledger has to be told of. */
export interface ChunkToFollow {
  no: number;
  id: ChunkId;
  batchId: BatchId | null;
  /** Wrapped; null when it was destroyed. */
  dataKey: Buffer | null;
  named: Buffer;
}

/** Chunks after a number that were not sent under the new version and that the ledger was not told of. */
export async function chunksToFollow(
  db: Queryable,
  after: number,
  to: string,
  limit: number,
): Promise<ChunkToFollow[]> {
  const { rows } = await db.query<{
    no: string;
    id: ChunkId;
    batch_id: BatchId | null;
    data_key: Buffer | null;
    named: Buffer;
  }>(
    `SELECT c.no, c.id, c.batch_id, coalesce(c.data_key, b.data_key) AS data_key, c.named
     FROM chunk c LEFT JOIN batch b ON b.id = c.batch_id
     WHERE c.no > $1 AND c.key_version IS DISTINCT FROM $2
       AND NOT EXISTS (SELECT FROM key_followed f WHERE f.chunk_no = c.no)
     ORDER BY c.no LIMIT $3`,
    [after, to, limit],
  );
  return rows.map((row) => ({
    no: asInteger(row.no),
    id: row.id,
    batchId: row.batch_id,
    dataKey: row.data_key,
    named: row.named,
  }));
}

/** Notes chunks as told, and how far the pass is; `after` 0: the next pass begins. */
export async function noteFollowed(
  db: Queryable,
  to: string,
  chunks: readonly number[],
  after: number,
  pairs: number,
): Promise<void> {
  await db.query('INSERT INTO key_followed SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING', [chunks]);
  await db.query('UPDATE key_rotation SET followed_to = $2, followed = followed + $3 WHERE to_version = $1', [
    to,
    after,
    pairs,
  ]);
}

export async function noteAsked(db: Queryable, to: string): Promise<void> {
  await db.query('UPDATE key_rotation SET followed_asked = true WHERE to_version = $1', [to]);
}

export async function forgetFollowed(db: Queryable): Promise<void> {
  await db.query('TRUNCATE key_followed');
}

/** What still needs the version before: bodies that are coming in, chunks without a report, replays that wait for an answer. */
export async function openUnderOther(db: Queryable, to: string): Promise<string[]> {
  const { rows } = await db.query<{ what: string }>(
    `(SELECT 'batch ' || id AS what FROM batch WHERE state = 'receiving' AND key_version IS DISTINCT FROM $1 LIMIT 5)
     UNION ALL
     (SELECT 'chunk ' || id FROM chunk WHERE state IN ('held', 'ready', 'sent') AND key_version IS DISTINCT FROM $1 LIMIT 5)
     UNION ALL
     (SELECT 'replay ' || r.chunk_id FROM replay r, key_rotation k
      WHERE k.to_version = $1 AND r.asked_at <= k.switched_at + interval '5 seconds' AND r.asked_at > now() - interval '5 minutes'
        AND r.event IS NULL LIMIT 1)`,
    [to],
  );
  return rows.map((row) => row.what);
}

/** Keeps what a service told. */
export async function noteTold(client: Client, told: RotationTold): Promise<void> {
  await client.query(
    `INSERT INTO key_told (kind, to_version, service, about, step, done, total) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (kind, to_version, service, about, step) DO UPDATE
       SET done = EXCLUDED.done, total = EXCLUDED.total, told_at = now()`,
    [told.kind, told.to, told.service, told.about, told.step, told.done, told.total],
  );
}

export type StoredTold = RotationTold & { firstAt: Date; at: Date };

export async function listTold(db: Queryable, kind: RotationTold['kind']): Promise<StoredTold[]> {
  const { rows } = await db.query<{
    to_version: string;
    service: string;
    about: string;
    step: RotationTold['step'];
    done: string;
    total: string | null;
    first_at: Date;
    told_at: Date;
  }>('SELECT * FROM key_told WHERE kind = $1 ORDER BY first_at, service, about', [kind]);
  return rows.map((row) => ({
    kind,
    to: row.to_version,
    service: row.service,
    about: row.about,
    step: row.step,
    done: asInteger(row.done),
    total: row.total === null ? null : asInteger(row.total),
    firstAt: row.first_at,
    at: row.told_at,
  }));
}
