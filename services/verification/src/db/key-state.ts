import type { Client, Queryable } from '@hedui/postgres';

/** Which versions of the pseudonym key this database works with. */
export interface KeyState {
  /** New households are taken in under this one. */
  version: string;
  /** What is joined within the database stands under this one. */
  first: string;
  /** The key of the ring under which everything stands; null before that was looked at. */
  sealedUnder: string | null;
}

/** Begins with a version, unless there is a state. */
export async function beginKeyState(db: Queryable, version: string): Promise<void> {
  await db.query('INSERT INTO key_state (version, first_version) VALUES ($1, $1) ON CONFLICT DO NOTHING', [version]);
}

export async function readKeyState(db: Queryable): Promise<KeyState> {
  const { rows } = await db.query<{ version: string; first_version: string; sealed_under: string | null }>(
    'SELECT version, first_version, sealed_under FROM key_state',
  );
  if (!rows[0]) throw new Error('the state of the keys is missing');
  return { version: rows[0].version, first: rows[0].first_version, sealedUnder: rows[0].sealed_under };
}

/** The version, held until the transaction ends: who takes households in is seen by whoever moves on to another one. */
export async function holdVersion(client: Client): Promise<string> {
  const { rows } = await client.query<{ version: string }>('SELECT version FROM key_state FOR SHARE');
  if (!rows[0]) throw new Error('the state of the keys is missing');
  return rows[0].version;
}

export async function writeVersion(client: Client, version: string): Promise<void> {
  await client.query('UPDATE key_state SET version = $1', [version]);
}

/** Keeps a version, sealed; the first stays. */
export async function keepKey(db: Queryable, version: string, sealed: Buffer): Promise<void> {
  await db.query('INSERT INTO kept_key (version, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING', [version, sealed]);
}

export async function keptKeys(db: Queryable): Promise<{ version: string; sealed: Buffer }[]> {
  const { rows } = await db.query<{ version: string; sealed: Buffer }>('SELECT version, sealed FROM kept_key');
  return rows;
}
