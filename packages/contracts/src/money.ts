import type { Brand } from './brands.js';

/** An amount in integer fen. */
export type Fen = Brand<number, 'Fen'>;
/** A percentage or a multiple, held as integer hundredths: 1.5 is 150. */
export type Hundredths = Brand<number, 'Hundredths'>;

/** Largest amount that is accepted anywhere: 100 billion yuan, so that sums stay exact in a double. */
export const MAX_FEN = 10_000_000_000_000 as Fen;

const MOST_DIGITS = 12;
const DOT = 0x2e;
const ZERO = 0x30;

/** Yuan with at most two decimals, not negative, no separators → fen; null when it is not that or above MAX_FEN. */
export function parseYuan(text: string): Fen | null {
  const { length } = text;
  let yuan = 0;
  let at = 0;
  for (; at < length && at <= MOST_DIGITS; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) break;
    yuan = yuan * 10 + digit;
  }
  if (at === 0 || at > MOST_DIGITS) return null;
  const fen = yuan * 100 + hundredths(text, at, length);
  // Not a number, when the rest is not of the form.
  return fen <= MAX_FEN ? (fen as Fen) : null;
}

/** `.5` and `.50` → 50, nothing → 0, anything else → NaN. */
function hundredths(text: string, dot: number, length: number): number {
  if (dot === length) return 0;
  if (text.charCodeAt(dot) !== DOT || length === dot + 1 || length > dot + 3) return Number.NaN;
  const tenths = text.charCodeAt(dot + 1) - ZERO;
  const rest = length === dot + 3 ? text.charCodeAt(dot + 2) - ZERO : 0;
  return tenths >= 0 && tenths <= 9 && rest >= 0 && rest <= 9 ? tenths * 10 + rest : Number.NaN;
}

/** Fen → yuan with two decimals: 1234567 → `12345.67`. */
export function formatYuan(fen: number): string {
  // Most amounts of a report.
  if (fen === 0) return '0.00';
  const abs = Math.abs(fen);
  const rest = abs % 100;
  return `${fen < 0 ? '-' : ''}${Math.floor(abs / 100)}.${rest < 10 ? '0' : ''}${rest}`;
}
