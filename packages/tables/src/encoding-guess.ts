import { TextDecoder } from 'node:util';

/** Fewer sequences of several bytes than this are a weak ground for a decision. */
export const MIN_WINDOW_SEQUENCES = 8;

export interface EncodingGuess {
  /** Null: neither. */
  readonly encoding: 'utf-8' | 'gb18030' | null;
  /** Sequences of several bytes seen, right or wrong: how well founded the guess is. */
  readonly sequences: number;
}

interface Utf8Count {
  two: number;
  longer: number;
  wrong: number;
}

/**
 * Tells UTF-8 from GB 18030 by a stretch of bytes that begins with one that is not ASCII. `whole`: nothing follows.
 *
 * Chinese in UTF-8 is sequences of three and four bytes, which GB 18030 text forms hardly ever; a file that has more of
 * them than wrong bytes is UTF-8, perhaps damaged. Two hanzi of GB 18030 can happen to be two right sequences of two
 * bytes (they would be Greek, Cyrillic or Arabic letters): without any longer sequence the stretch is GB 18030 when all
 * pairs are hanzi of GB 2312, at least two of them touch, as in a name, and they are not all of one European alphabet.
 */
export function guessEncoding(bytes: Uint8Array, whole: boolean): EncodingGuess {
  const utf8 = countUtf8(bytes, whole);
  const sequences = utf8.two + utf8.longer + utf8.wrong;
  if (utf8.wrong === 0) {
    const hanzi = utf8.longer === 0 && utf8.two > 0 && pairsAreHanzi(bytes);
    return { encoding: hanzi ? 'gb18030' : 'utf-8', sequences };
  }
  if (utf8.longer > utf8.wrong) return { encoding: 'utf-8', sequences };
  if (isMostlyGb18030(bytes)) return { encoding: 'gb18030', sequences };
  return { encoding: utf8.two + utf8.longer > utf8.wrong ? 'utf-8' : null, sequences };
}

function countUtf8(bytes: Uint8Array, whole: boolean): Utf8Count {
  const count: Utf8Count = { two: 0, longer: 0, wrong: 0 };
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const length = utf8Length(bytes, at);
    if (length === 0 && !whole && at + 4 > bytes.length) break; // a character that goes on in the next bytes
    if (length === 0) count.wrong++;
    else if (length === 2) count.two++;
    else count.longer++;
    at += Math.max(length, 1);
  }
  return count;
}

/** Length of the right sequence at `at` (RFC 3629: no overlong forms, no surrogates), or 0. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  if (lead < 0xc2 || lead > 0xf4 || !isTrail(second)) return 0;
  if (lead < 0xe0) return 2;
  if (!isTrail(bytes[at + 2] ?? 0)) return 0;
  if (lead < 0xf0) return (lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f) ? 0 : 3;
  if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return 0;
  return isTrail(bytes[at + 3] ?? 0) ? 4 : 0;
}

function isTrail(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf;
}

function pairsAreHanzi(bytes: Uint8Array): boolean {
  let touching = false;
  let alphabets = 0;
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) {
      at++;
      continue;
    }
    if (at + 1 === bytes.length) break;
    if (lead < 0xb0 || lead > 0xf7 || (bytes[at + 1] ?? 0) < 0xa1) return false;
    alphabets |= alphabetOf(lead);
    at += 2;
    touching ||= (bytes[at] ?? 0) >= 0x80;
  }
  return touching && !EUROPEAN.includes(alphabets);
}

/** Nothing but Latin, nothing but Greek, nothing but Cyrillic. */
const EUROPEAN: readonly number[] = [1, 2, 4];

/** The alphabet of a two-byte sequence, as a bit: a text in one alphabet is words, hanzi would be of all of them. */
function alphabetOf(lead: number): number {
  if (lead <= 0xc5) return 1; // Latin
  if (lead === 0xce || lead === 0xcf) return 2; // Greek
  return lead === 0xd0 || lead === 0xd1 ? 4 : 8; // Cyrillic, any other
}

/** At most one character in ten is wrong. */
function isMostlyGb18030(bytes: Uint8Array): boolean {
  const text = new TextDecoder('gb18030').decode(bytes, { stream: true });
  let right = 0;
  let wrong = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0xfffd) wrong++;
    else if (code >= 0x80) right++;
  }
  return wrong * 10 <= right;
}
