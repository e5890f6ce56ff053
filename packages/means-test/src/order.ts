import { FINDING_CODES, type Finding, type FindingCode } from '@hedui/contracts';

/**
 * Order of two texts by Unicode code point. JavaScript's own `<` compares UTF-16 units, which puts characters beyond
 * the BMP before U+E000…U+FFFF.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const xSurrogate = x >= 0xd800 && x <= 0xdfff;
      const ySurrogate = y >= 0xd800 && y <= 0xdfff;
      if (xSurrogate !== ySurrogate) return xSurrogate ? (y >= 0xe000 ? 1 : x - y) : x >= 0xe000 ? -1 : x - y;
      return x - y;
    }
  }
  return a.length - b.length;
}

const rank = Object.fromEntries(FINDING_CODES.map((code, i) => [code, i])) as Record<FindingCode, number>;

/**
 * The order of findings in a report (README §12): by code as in the registry, then by member with the household's own
 * first, then by record id by code point. What is still equal keeps the order in which the rules raise it: sources in
 * registry order, income categories in registry order.
 */
export function compareFindings(a: Finding, b: Finding): number {
  if (a.code !== b.code) return rank[a.code] - rank[b.code];
  if (a.member !== b.member) return (a.member ?? 0) - (b.member ?? 0);
  return compareCodePoints(a.recordId ?? '', b.recordId ?? '');
}
