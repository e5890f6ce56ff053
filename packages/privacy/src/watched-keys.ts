import { statSync } from 'node:fs';
import type { KeyFile } from './keys.js';
import { readKeyFile } from './keys.js';
import { createPseudonyms, type Pseudonyms } from './pseudonyms.js';
import { createSealer, SealError, type Sealer } from './sealing.js';

/** The keys as they are now: a key file that gets a new version is noticed while the service runs. */
export interface KeySource {
  /** The same object until something changed. */
  read(): KeyFile;
}

/** Between two looks at the file. */
const LOOK_MS = 1_000;

/**
 * Watches a key file. Throws KeyFileError when it cannot be used at the start; later the last usable state goes on to hold (`onFault`
 * is told once for each state of the file), so that a half-written file stops nothing.
 */
export function watchedKeyFile(path: string, onFault: (error: unknown) => void = () => undefined): KeySource {
  let known = readKeyFile(path);
  let mark = markOf(path);
  let looked = Date.now();
  return {
    read() {
      const now = Date.now();
      if (now - looked < LOOK_MS) return known;
      looked = now;
      const seen = markOf(path);
      if (seen === mark) return known;
      mark = seen;
      try {
        known = readKeyFile(path);
      } catch (error) {
        onFault(error);
      }
      return known;
    },
  };
}

function markOf(path: string): string {
  try {
    const { mtimeMs, size, ino, mode } = statSync(path);
    return `${mtimeMs}/${size}/${ino}/${mode}`;
  } catch {
    return 'gone';
  }
}

/** Keys that do not change; for tests, and for what is handed over in memory. */
export function fixedKeys(file: KeyFile): KeySource {
  return { read: () => file };
}

/** Seals under the current key of the ring as it is now, and opens under any of its keys. */
export function createRingSealer(keys: KeySource): Sealer {
  let from: KeyFile | null = null;
  let sealer: Sealer | null = null;
  const now = (): Sealer => {
    const file = keys.read();
    if (sealer === null || file !== from) sealer = createSealer(file);
    from = file;
    return sealer;
  };
  return {
    seal: (plain, context) => now().seal(plain, context),
    open: (sealed, context) => now().open(sealed, context),
  };
}

/** Name of the key that a sealed value was sealed under. Throws SealError. */
export function sealedUnder(sealed: Uint8Array): string {
  const length = sealed[1] ?? 0;
  if (sealed[0] !== 1 || length === 0 || sealed.length < 2 + length) throw new SealError('not a sealed value');
  return Buffer.from(sealed.subarray(2, 2 + length)).toString();
}

/**
 * Pseudonyms whose key may change while they are used: each call goes to the version that `version()` names at that moment, over the
 * keys as they are then. What has to keep to one version throughout (the households of one batch) takes `at`.
 */
export interface RotatingPseudonyms extends Pseudonyms {
  /** Throws RangeError when the file does not hold this version. */
  at(version: string): Pseudonyms;
}

export function createRotatingPseudonyms(keys: KeySource, version: () => string): RotatingPseudonyms {
  let from: KeyFile | null = null;
  const made = new Map<string, Pseudonyms>();
  const at = (wanted: string): Pseudonyms => {
    const file = keys.read();
    if (file !== from) made.clear();
    from = file;
    let pseudonyms = made.get(wanted);
    if (pseudonyms === undefined) {
      if (!file.keys.has(wanted)) throw new RangeError(`version ${wanted} of the pseudonym key is not in the key file`);
      pseudonyms = createPseudonyms({ current: wanted, keys: file.keys });
      made.set(wanted, pseudonyms);
    }
    return pseudonyms;
  };
  const now = () => at(version());
  return {
    at,
    get version() {
      return version();
    },
    person: (document) => now().person(document),
    name: (name) => now().name(name),
    benefit: (benefitNo) => now().benefit(benefitNo),
    sealText: (text) => now().sealText(text),
    openText: (sealed) => now().openText(sealed),
    get evidenceGrants() {
      return now().evidenceGrants;
    },
    householdKeys: () => now().householdKeys(),
    keyFor: (purpose) => now().keyFor(purpose),
  };
}
