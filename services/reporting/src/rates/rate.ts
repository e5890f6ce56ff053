/**
 * count ÷ denominator, rounded half up to four decimals by integer arithmetic; null over zero. Both are whole numbers
 * below 10¹¹, so that nothing leaves the exact range.
 */
export function rateOf(count: number, denominator: number): string | null {
  if (denominator === 0) return null;
  const tenThousandths = Math.floor((2 * count * 10_000 + denominator) / (2 * denominator));
  return `${Math.floor(tenThousandths / 10_000)}.${String(tenThousandths % 10_000).padStart(4, '0')}`;
}
