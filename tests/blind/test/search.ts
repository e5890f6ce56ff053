import type { Encoding, Kind, Needle } from './needles.js';

/**
 * Looks for millions of patterns at once in gigabytes. The libraries for it (Aho-Corasick) work on JavaScript strings and keep an object
 * for each character of each pattern: some thirty million here. This one (after Wu and Manber) slides a window as long as the shortest
 * pattern, which is compared with the ends of the patterns (the beginnings of identity numbers are all alike, their ends are not):
 *
 * 1. by its last two bytes: how far they stand from the end in any pattern is how far the window may move. Most pairs of
 *    ciphertext stand in none;
 * 2. by a hash of the whole window in a bit table that passes one in some hundred;
 * 3. by the patterns of that hash, byte for byte.
 */
export interface Search {
  /** Calls `found` with the numbers of the patterns that are in `bytes`, each as often as it is there. */
  find(bytes: Uint8Array, found: (pattern: number) => void): void;
}

const FILTER_BITS = 27;
// Taken once: a module of jest's sees each global through an interceptor, which costs more than the multiplication.
const { imul } = Math;

export function searchFor(patterns: readonly Uint8Array[], window: number): Search {
  if (patterns.some((pattern) => pattern.length < window)) throw new RangeError('a pattern is shorter than the window');
  let slots = 1024;
  while (slots < patterns.length * 2) slots *= 2;
  const heads = new Int32Array(slots).fill(-1);
  const hashes = new Int32Array(patterns.length);
  const next = new Int32Array(patterns.length);
  const filter = new Uint32Array(2 ** (FILTER_BITS - 5));
  const shifts = new Uint8Array(2 ** 16).fill(window - 1);
  const bit = (hash: number): number => (hash ^ (hash >>> 13)) & (2 ** FILTER_BITS - 1);
  const hashTo = (bytes: Uint8Array, end: number): number => {
    let hash = 0;
    for (let i = end - window + 1; i <= end; i++) hash = (imul(hash, 0x01000193) + (bytes[i] ?? 0)) | 0;
    return hash;
  };
  patterns.forEach((pattern, n) => {
    const end = pattern.length - 1;
    for (let shift = 0; shift < window - 1; shift++) {
      const pair = ((pattern[end - shift - 1] ?? 0) << 8) | (pattern[end - shift] ?? 0);
      shifts[pair] = Math.min(shifts[pair] ?? 0, shift);
    }
    const hash = hashTo(pattern, end);
    const slot = (hash >>> 4) & (slots - 1);
    hashes[n] = hash;
    next[n] = heads[slot] ?? -1;
    heads[slot] = n;
    const at = bit(hash);
    filter[at >>> 5] = (filter[at >>> 5] ?? 0) | (1 << (at & 31));
  });

  function endsAt(bytes: Uint8Array, end: number, pattern: Uint8Array): boolean {
    const start = end + 1 - pattern.length;
    if (start < 0) return false;
    for (let i = 0; i < pattern.length; i++) if (bytes[start + i] !== pattern[i]) return false;
    return true;
  }

  return {
    find(bytes, found) {
      const { length } = bytes;
      for (let end = window - 1; end < length; ) {
        const shift = shifts[((bytes[end - 1] as number) << 8) | (bytes[end] as number)] as number;
        if (shift > 0) {
          end += shift;
          continue;
        }
        const hash = hashTo(bytes, end);
        const at = bit(hash);
        if (((filter[at >>> 5] as number) & (1 << (at & 31))) !== 0) {
          for (let n = heads[(hash >>> 4) & (slots - 1)] ?? -1; n >= 0; n = next[n] ?? -1) {
            const pattern = patterns[n];
            if (hashes[n] === hash && pattern && endsAt(bytes, end, pattern)) found(n);
          }
        }
        end++;
      }
    },
  };
}

/** Needles by the length from which they count: long ones anywhere, short ones in decoded text only. */
export interface NeedleSearch {
  /** Calls `found` for each needle that is in `bytes`, once however often it is there. */
  find(bytes: Uint8Array, text: boolean, found: (kind: Kind, encoding: Encoding) => void): void;
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
  const { length } = short;
  return {
    count: known.size,
    find(bytes, text, found) {
      let seen: Set<Needle> | null = null;
      const once = (needle: Needle | undefined): void => {
        seen ??= new Set();
        if (!needle || seen.has(needle)) return;
        seen.add(needle);
        found(needle.kind, needle.encoding);
      };
      inAll.find(bytes, (n) => once(long[n]));
      if (text && length > 0) inText.find(bytes, (n) => once(short[n]));
    },
  };
}
