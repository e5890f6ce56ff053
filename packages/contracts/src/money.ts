import type { Brand } from './brands.js';

/** An amount in integer fen. */
export type Fen = Brand<number, 'Fen'>;
/** A percentage or a multiple, held as integer hundredths: 1.5 is 150. */
export type Hundredths = Brand<number, 'Hundredths'>;

/** Largest amount that is accepted anywhere: 100 billion yuan, so that sums stay exact in a double. */
export const MAX_FEN = 10_000_000_000_000 as Fen;

const yuanPattern = /^(\d{1,12})(?:\.(\d{1,2}))?$/;

/** Yuan with at most two decimals, not negative, no separators → fen; null when it is not that or above MAX_FEN. */
export function parseYuan(text: string): Fen | null {
  const match = yuanPattern.exec(text);
  if (!match) return null;
  const fen = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
  return fen <= MAX_FEN ? (fen as Fen) : null;
}

/** Fen → yuan with two decimals: 1234567 → `12345.67`. */
export function formatYuan(fen: number): string {
  // Most amounts of a report.
  if (fen === 0) return '0.00';
  const abs = Math.abs(fen);
  const rest = abs % 100;
  return `${fen < 0 ? '-' : ''}${Math.floor(abs / 100)}.${rest < 10 ? '0' : ''}${rest}`;
}
