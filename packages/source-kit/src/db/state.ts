import { randomBytes } from 'node:crypto';
import type { Queryable } from '@hedui/postgres';
import type { Sealer } from '@hedui/privacy';

/** What the database itself is: which life of it, and the key of its digests. */
export interface SourceState {
  epoch: number;
  digestKey: Buffer;
}

/** Binds the digest key to its place. */
export const DIGEST_KEY = 'source-digest-key';

/** Reads the state, making it on the first start. */
export async function readState(db: Queryable, sealer: Sealer): Promise<SourceState> {
  await db.query('INSERT INTO source_state (digest_key) VALUES ($1) ON CONFLICT DO NOTHING', [
    sealer.seal(randomBytes(32), DIGEST_KEY),
  ]);
  const { rows } = await db.query<{ epoch: number; digest_key: Buffer }>('SELECT epoch, digest_key FROM source_state');
  const row = rows[0];
  if (!row) throw new Error('the state of the source is missing');
  return { epoch: row.epoch, digestKey: sealer.open(row.digest_key, DIGEST_KEY) };
}

/** Which life of the database this is: a slice says so. */
export async function readEpoch(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ epoch: number }>('SELECT epoch FROM source_state');
  if (!rows[0]) throw new Error('the state of the source is missing');
  return rows[0].epoch;
}

/** The number of each record type in this database; unknown ones are added. */
export async function recordTypeIds(db: Queryable, types: readonly string[]): Promise<Map<string, number>> {
  await db.query(
    'INSERT INTO record_type (name) SELECT * FROM unnest($1::text[]) AS t(name) WHERE NOT EXISTS (SELECT FROM record_type r WHERE r.name = t.name) ON CONFLICT DO NOTHING',
    [types],
  );
  const { rows } = await db.query<{ id: number; name: string }>('SELECT id, name FROM record_type');
  return new Map(rows.map((row) => [row.name, row.id]));
}
