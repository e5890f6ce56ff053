import type { Encoding, Kind, Needle } from './needles.js';

/**
 * Looks for a million patterns at once in gigabytes. The libraries for it (Aho-Corasick) work on JavaScript strings and keep an object
 * for each character of each pattern: some thirty million here. This one keeps a rolling hash over the last bytes read, a bit table that
 * passes one position in some hundred, and compares with the patterns that end in these bytes (the beginnings of identity numbers are
 * all alike, their ends are not).
 */
export interface Search {
  /** Numbers of the patterns found in `bytes`. */
  find(bytes: Uint8Array): Set<number>;
}

const BASE = 0x01000193;
const FILTER_BITS = 27;

export function searchFor(patterns: readonly Uint8Array[], window: number): Search {
  if (patterns.some((pattern) => pattern.length < window)) throw new RangeError('a pattern is shorter than the window');
  let slots = 1024;
  while (slots < patterns.length * 2) slots *= 2;
  const heads = new Int32Array(slots).fill(-1);
  const hashes = new Int32Array(patterns.length);
  const next = new Int32Array(patterns.length);
  const filter = new Uint32Array(2 ** (FILTER_BITS - 5));
  const bit = (hash: number): number => (hash ^ (hash >>> 13)) & (2 ** FILTER_BITS - 1);
  patterns.forEach((pattern, n) => {
    let hash = 0;
    for (let i = pattern.length - window; i < pattern.length; i++)
      hash = (Math.imul(hash, BASE) + (pattern[i] ?? 0)) | 0;
    const slot = (hash >>> 4) & (slots - 1);
    hashes[n] = hash;
    next[n] = heads[slot] ?? -1;
    heads[slot] = n;
    const at = bit(hash);
    filter[at >>> 5] = (filter[at >>> 5] ?? 0) | (1 << (at & 31));
  });
  let leaving = 1;
  for (let i = 1; i < window; i++) leaving = Math.imul(leaving, BASE);

  function endsAt(bytes: Uint8Array, end: number, pattern: Uint8Array): boolean {
    const start = end + 1 - pattern.length;
    if (start < 0) return false;
    for (let i = 0; i < pattern.length; i++) if (bytes[start + i] !== pattern[i]) return false;
    return true;
  }

  return {
    find(bytes) {
      const found = new Set<number>();
      let hash = 0;
      for (let i = 0; i < bytes.length; i++) {
        if (i >= window) hash = (hash - Math.imul(bytes[i - window] ?? 0, leaving)) | 0;
        hash = (Math.imul(hash, BASE) + (bytes[i] ?? 0)) | 0;
        if (i < window - 1) continue;
        const at = bit(hash);
        if (((filter[at >>> 5] ?? 0) & (1 << (at & 31))) === 0) continue;
        for (let n = heads[(hash >>> 4) & (slots - 1)] ?? -1; n >= 0; n = next[n] ?? -1) {
          const pattern = patterns[n];
          if (hashes[n] === hash && pattern && endsAt(bytes, i, pattern)) found.add(n);
        }
      }
      return found;
    },
  };
}

/** Needles by the length from which they count: long ones anywhere, short ones in decoded text only. */
export interface NeedleSearch {
  find(bytes: Uint8Array, text: boolean): { kind: Kind; encoding: Encoding }[];
  readonly count: number;
}

const LONG = 8;
const SHORT = 4;

export function searchNeedles(needles: Iterable<Needle>): NeedleSearch {
  const known = new Map<string, Needle>();
  for (const needle of needles) {
    // Two characters occur in ciphertext by chance, and seven of base64 in other base64: a short one counts as it is, in text.
    if (needle.bytes.length < LONG && (needle.encoding !== 'plain' || needle.bytes.length < SHORT)) continue;
    known.set(needle.bytes.toString('latin1'), needle);
  }
  const long = [...known.values()].filter(({ bytes }) => bytes.length >= LONG);
  const short = [...known.values()].filter(({ bytes }) => bytes.length < LONG);
  const inAll = searchFor(
    long.map(({ bytes }) => bytes),
    LONG,
  );
  const inText = searchFor(
    short.map(({ bytes }) => bytes),
    SHORT,
  );
  return {
    count: known.size,
    find(bytes, text) {
      const found = [...inAll.find(bytes)].map((n) => long[n]);
      if (text) found.push(...[...inText.find(bytes)].map((n) => short[n]));
      return found.flatMap((needle) => (needle ? [{ kind: needle.kind, encoding: needle.encoding }] : []));
    },
  };
}
