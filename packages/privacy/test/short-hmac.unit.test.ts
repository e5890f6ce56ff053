import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { START } from '../src/sha256-code.js';
import { createShortHmac } from '../src/short-hmac.js';

const byNode = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex').slice(0, 32);

describe('the short HMAC', () => {
  it('begins with the state of the standard (FIPS 180-4, 5.3.3)', () => {
    const words = START.map((word) => (word >>> 0).toString(16));
    expect(words.join(' ')).toBe('6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19');
  });

  it('gives what RFC 4231 expects (its second case)', () => {
    const mac = createShortHmac(Buffer.from('Jefe'));
    expect(mac('what do ya want for nothing?')).toBe('5bdcc146bf60754e6a042426089575c7');
  });

  it.each(['x', '\0', 'é', '张', '\uFFFD', '😀', '\uD800', 'a张'])(
    'gives what Node gives for texts of every length made of %j',
    (piece) => {
      const key = randomBytes(32);
      const mac = createShortHmac(key);
      for (let length = 0; length < 130; length++) {
        const text = piece.repeat(length);
        expect(mac(text)).toBe(byNode(key, text));
        expect(mac(`${text}Q`)).toBe(byNode(key, `${text}Q`));
      }
    },
  );

  it('keeps keys of every length apart, also when they are used in turn', () => {
    const keys = [0, 1, 16, 32, 63, 64].map((length) => randomBytes(length));
    const macs = keys.map((key) => createShortHmac(key));
    for (const text of ['resident_id\x2a0102199001011234', '张三', '']) {
      expect(macs.map((mac) => mac(text))).toEqual(keys.map((key) => byNode(key, text)));
    }
    expect(() => createShortHmac(randomBytes(65))).toThrow(RangeError);
  });
});
