import type { Client, Pool } from '@hedui/postgres';
import { createRotatingPseudonyms, type KeyFile, type KeySource, type Pseudonyms, type Sealer } from '@hedui/privacy';
import { beginKeyState, holdVersion, keepKey, keptKeys, readKeyState } from '../db/key-state.js';

/** The pseudonyms of a service whose key may be rotated while it works. */
export interface VersionedKeys {
  /** Of the version in use. It may be a moment late; what has to be certain asks `hold`. */
  readonly pseudonyms: Pseudonyms;
  /** Of the version that the database began with, for good: for what is joined within it. */
  readonly own: Pseudonyms;
  /** Those of the version in use; it stays in use until the transaction ends. Households are taken in under these. */
  hold(client: Client): Promise<Pseudonyms>;
  /** Of any version, those too that the file holds no more. Throws RangeError. */
  at(version: string): Pseudonyms;
  /** Looks which version is in use now. */
  refresh(): Promise<void>;
  /** The version that the key file names. */
  wanted(): string;
}

/** Keys that are never rotated. */
export function unchangingKeys(pseudonyms: Pseudonyms): VersionedKeys {
  return {
    pseudonyms,
    own: pseudonyms,
    hold: async () => pseudonyms,
    at: () => pseudonyms,
    refresh: async () => undefined,
    wanted: () => pseudonyms.version,
  };
}

export const keptContext = (version: string): string => `pseudonym-key:${version}`;

/** Reads which versions the database works with; it begins with the file's current one. */
export async function versionedKeys(pool: Pool, ring: Sealer, file: KeySource): Promise<VersionedKeys> {
  const kept = new Map<string, Buffer>();
  async function keep(): Promise<void> {
    const { keys } = file.read();
    for (const [version, key] of keys) {
      if (!kept.has(version)) await keepKey(pool, version, ring.seal(key, keptContext(version)));
    }
    for (const { version, sealed } of await keptKeys(pool)) {
      if (!kept.has(version)) kept.set(version, ring.open(sealed, keptContext(version)));
    }
  }
  await beginKeyState(pool, file.read().current);
  await keep();
  const { version, first } = await readKeyState(pool);
  let inUse = version;
  let from: KeyFile | null = null;
  let size = 0;
  let all: KeyFile = file.read();
  const every: KeySource = {
    read() {
      const now = file.read();
      if (now !== from || size !== kept.size) all = { current: now.current, keys: new Map([...kept, ...now.keys]) };
      from = now;
      size = kept.size;
      return all;
    },
  };
  const pseudonyms = createRotatingPseudonyms(every, () => inUse);
  return {
    pseudonyms,
    own: createRotatingPseudonyms(every, () => first),
    async hold(client) {
      inUse = await holdVersion(client);
      return pseudonyms.at(inUse);
    },
    at: pseudonyms.at,
    async refresh() {
      if ([...file.read().keys.keys()].some((one) => !kept.has(one))) await keep();
      inUse = (await readKeyState(pool)).version;
    },
    wanted: () => file.read().current,
  };
}
