import type { Queryable } from '@hedui/postgres';
import {
  createRotatingPseudonyms,
  type KeyFile,
  type KeySource,
  type RotatingPseudonyms,
  type Sealer,
} from '@hedui/privacy';

/** The version under which persons stand in this database, whatever is sent. */
export interface OwnKeys {
  readonly version: string;
  /** Of any version that the file holds, and of the own one also when the file holds it no more. */
  readonly pseudonyms: RotatingPseudonyms;
  /** The key file as it is now. */
  readonly file: KeySource;
}

const OWN_KEY = 'source-own-key';

/**
 * The version that the database began with: its key is kept sealed here, so that rows need not be written anew when the pseudonym key is
 * rotated and the file may let go of it. Made on the first start.
 */
export async function readOwnKeys(db: Queryable, sealer: Sealer, file: KeySource): Promise<OwnKeys> {
  const { current, keys } = file.read();
  const key = keys.get(current);
  if (!key) throw new RangeError('the current pseudonym key is missing');
  await db.query(
    'UPDATE source_state SET own_version = $1, own_key = $2, sent_version = $1 WHERE own_version IS NULL',
    [current, sealer.seal(key, OWN_KEY)],
  );
  const { rows } = await db.query<{ own_version: string; own_key: Buffer }>(
    'SELECT own_version, own_key FROM source_state',
  );
  const row = rows[0];
  if (!row) throw new Error('the state of the source is missing');
  const version = row.own_version;
  const own = sealer.open(row.own_key, OWN_KEY);
  let from: KeyFile | null = null;
  let all: KeyFile = file.read();
  const withOwn: KeySource = {
    read() {
      const now = file.read();
      if (now !== from) all = { current: version, keys: new Map([...now.keys, [version, own]]) };
      from = now;
      return all;
    },
  };
  return { version, pseudonyms: createRotatingPseudonyms(withOwn, () => version), file };
}

export const ownKeyContext = OWN_KEY;
