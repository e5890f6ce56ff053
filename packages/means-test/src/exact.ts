const MAX = Number.MAX_SAFE_INTEGER;

/**
 * a × b ≥ c × d for non-negative integers, exactly: a product that a double cannot hold goes through BigInt. Nothing is
 * divided before it is compared (README §1).
 */
export function productAtLeast(a: number, b: number, c: number, d: number): boolean {
  const left = a * b;
  const right = c * d;
  if (left <= MAX && right <= MAX) return left >= right;
  return BigInt(a) * BigInt(b) >= BigInt(c) * BigInt(d);
}

/** ⌊a × b ÷ divisor⌋ for non-negative integers, exactly; the divisor is at least 1. */
export function productDividedDown(a: number, b: number, divisor: number): number {
  const product = a * b;
  if (product <= MAX) return (product - (product % divisor)) / divisor;
  return Number((BigInt(a) * BigInt(b)) / BigInt(divisor));
}

/** ⌈a × b ÷ divisor⌉ for non-negative integers, exactly; the divisor is at least 1. */
export function productDividedUp(a: number, b: number, divisor: number): number {
  const down = productDividedDown(a, b, divisor);
  return productAtLeast(down, divisor, a, b) ? down : down + 1;
}

/** a ÷ b rounded half up for non-negative integers; for display only, never compared. */
export function dividedHalfUp(a: number, b: number): number {
  return Number((2n * BigInt(a) + BigInt(b)) / (2n * BigInt(b)));
}
