import type { FollowedKey, RotationStep } from '@hedui/contracts';
import { asInteger, type Client, type Queryable } from '@hedui/postgres';

/** Notes which keys become which; keys that had become an old one become the new one at once. */
export async function addFollowed(client: Client, pairs: readonly FollowedKey[]): Promise<void> {
  const values = [pairs.map((pair) => pair.old), pairs.map((pair) => pair.new)];
  await client.query(
    `UPDATE follow f SET new_key = p.new_key FROM unnest($1::bytea[], $2::bytea[]) AS p(old_key, new_key)
     WHERE f.new_key = p.old_key`,
    values,
  );
  await client.query(
    `INSERT INTO follow (old_key, new_key)
     SELECT DISTINCT ON (old_key) old_key, new_key FROM unnest($1::bytea[], $2::bytea[]) AS p(old_key, new_key)
     ORDER BY old_key ON CONFLICT (old_key) DO UPDATE SET new_key = EXCLUDED.new_key`,
    values,
  );
}

/**
 * Nothing more comes under the old keys once the reports below these positions have been read. Told again, because the topic was lost, it is
 * done again, and that it is done is told again.
 */
export async function addRotation(client: Client, to: string, reports: RotationStep['reports']): Promise<void> {
  await client.query(
    `INSERT INTO key_rotation (to_version, reports) VALUES ($1, $2)
     ON CONFLICT (to_version) DO UPDATE SET reports = EXCLUDED.reports, after_chunk = 0, done = false`,
    [to, JSON.stringify(reports)],
  );
}

export interface DrainedRotation {
  to: string;
  reports: RotationStep['reports'];
  afterChunk: number;
}

/** True when a rotation's keys are still to be taken over. */
export async function anyDrained(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ any: boolean }>('SELECT EXISTS (SELECT FROM key_rotation WHERE NOT done) AS any');
  return rows[0]?.any ?? false;
}

/** The rotation whose keys the ledger has to take over, locked; null when there is none. */
export async function lockDrained(client: Client): Promise<DrainedRotation | null> {
  const { rows } = await client.query<{ to_version: string; reports: RotationStep['reports']; after_chunk: string }>(
    'SELECT to_version, reports, after_chunk FROM key_rotation WHERE NOT done ORDER BY to_version LIMIT 1 FOR UPDATE SKIP LOCKED',
  );
  const row = rows[0];
  return row ? { to: row.to_version, reports: row.reports, afterChunk: asInteger(row.after_chunk) } : null;
}

/** Gives the next chunks of the ledger their new keys; false when all have them. */
export async function rekeyChunks(client: Client, rotation: DrainedRotation, chunks: number): Promise<boolean> {
  const { rows } = await client.query<{ last: string | null }>(
    'SELECT max(chunk_no) AS last FROM (SELECT chunk_no FROM chunk WHERE chunk_no > $1 ORDER BY chunk_no LIMIT $2) next',
    [rotation.afterChunk, chunks],
  );
  const last = rows[0]?.last ?? null;
  if (last === null) return false;
  await client.query(
    `UPDATE ledger l SET applicant_key = f.new_key FROM follow f
     WHERE l.chunk_no > $1 AND l.chunk_no <= $2 AND f.old_key = l.applicant_key`,
    [rotation.afterChunk, last],
  );
  await client.query('UPDATE key_rotation SET after_chunk = $2 WHERE to_version = $1', [rotation.to, last]);
  return true;
}

/** The last of it: households that were left out, and the pairs themselves. */
export async function endRotation(client: Client, to: string): Promise<void> {
  await client.query('UPDATE ending e SET applicant_key = f.new_key FROM follow f WHERE f.old_key = e.applicant_key');
  await client.query('UPDATE key_rotation SET done = true WHERE to_version = $1', [to]);
  const { rows } = await client.query('SELECT FROM key_rotation WHERE NOT done LIMIT 1');
  if (rows.length === 0) await client.query('DELETE FROM follow');
}
