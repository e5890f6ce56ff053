import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isRegionCode, readCreditCode } from '../src/index.js';

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';

describe('credit codes', () => {
  it.each(['91520000MA0AAAA1XK', ' 91520000ma0aaaa1xk ', '９１520000MA0AAAA1XK'])('reads %j', (raw) => {
    expect(readCreditCode(raw)).toEqual({ ok: true, code: '91520000MA0AAAA1XK' });
  });

  it.each(['91520000MA0AAAA1XX', '91520000MA0AAAA1X', '91520000MA0AAAAIXK', ''])('refuses %j', (raw) => {
    expect(readCreditCode(raw)).toEqual({ ok: false, code: 'VALUE_INVALID' });
  });

  it('refuses every code with one character changed', () => {
    fc.assert(
      fc.property(fc.nat(17), fc.integer({ min: 1, max: 30 }), (at, step) => {
        const code = '91520000MA0AAAA1XK';
        const other = ALPHABET.charAt((ALPHABET.indexOf(code.charAt(at)) + step) % 31);
        expect(readCreditCode(code.slice(0, at) + other + code.slice(at + 1)).ok).toBe(false);
      }),
    );
  });
});

describe('region codes', () => {
  it.each([
    ['520102', true],
    ['520102001', true],
    ['520000', true],
    ['52010', false],
    ['5201020', false],
    ['000000', false],
    ['52010a', false],
    ['５２０１０２', false],
  ])('isRegionCode(%s) is %s', (text, right) => {
    expect(isRegionCode(text)).toBe(right);
  });
});
