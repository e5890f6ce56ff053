import { compareCodePoints } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dividedHalfUp, productAtLeast, productDividedDown, productDividedUp } from '../src/exact.js';

const amount = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 10_000_000_000_000 }), fc.maxSafeNat());
const divisor = fc.integer({ min: 1, max: 100_000_000 });
const safe = (value: bigint): boolean => value <= BigInt(Number.MAX_SAFE_INTEGER);

describe('exact arithmetic (README §1)', () => {
  it('compares products as integers of any size', () => {
    fc.assert(
      fc.property(amount, amount, amount, amount, (a, b, c, d) => {
        expect(productAtLeast(a, b, c, d)).toBe(BigInt(a) * BigInt(b) >= BigInt(c) * BigInt(d));
        expect(productAtLeast(a, b, b, a)).toBe(true);
      }),
    );
    expect(productAtLeast(9_007_199_254_740_991, 10_000, 9_007_199_254_740_991, 10_001)).toBe(false);
  });

  it('divides products down, up and half up as integers', () => {
    fc.assert(
      fc.property(amount, fc.nat({ max: 100_000 }), divisor, (a, b, by) => {
        const [product, d] = [BigInt(a) * BigInt(b), BigInt(by)];
        fc.pre(safe(product / d + 1n));
        expect(BigInt(productDividedDown(a, b, by))).toBe(product / d);
        expect(BigInt(productDividedUp(a, b, by))).toBe((product + d - 1n) / d);
        expect(BigInt(dividedHalfUp(a, by))).toBe((2n * BigInt(a) + d) / (2n * d));
      }),
    );
  });
});

describe('order by code point', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'B', '0', '号', '\uD7FF', '\uE000', '\uFFFD', '\u{10000}', '\u{1F600}'),
  });
  it('is the order of the code points, character by character', () => {
    const points = (s: string): number[] => [...s].map((c) => c.codePointAt(0) ?? 0);
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [x, y] = [points(a), points(b)];
        const at = x.findIndex((p, i) => p !== y[i]);
        const expected = at === -1 ? x.length - y.length : at >= y.length ? 1 : (x[at] ?? 0) - (y[at] ?? 0);
        expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(expected));
      }),
    );
  });
});
