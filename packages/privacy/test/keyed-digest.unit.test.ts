import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createKeyedDigest } from '../src/keyed-digest.js';
import { createShortHmac } from '../src/short-hmac.js';

const byNode = (key: Uint8Array, bytes: Uint8Array): Buffer =>
  createHmac('sha256', key).update(bytes).digest().subarray(0, 16);

describe('the keyed digest', () => {
  it('gives what Node gives for messages of every length', () => {
    const key = randomBytes(32);
    const digest = createKeyedDigest(key);
    const bytes = randomBytes(1_000);
    for (let length = 0; length <= 300; length++) {
      expect(digest(bytes, length)).toEqual(byNode(key, bytes.subarray(0, length)));
    }
    expect(digest(bytes, 1_000)).toEqual(byNode(key, bytes));
    const large = randomBytes(1_000_000);
    expect(digest(large, large.length)).toEqual(byNode(key, large));
  });

  it('keeps keys apart, also when they are used in turn and beside the short HMAC', () => {
    const keys = [0, 1, 32, 64].map((length) => randomBytes(length));
    const digests = keys.map((key) => createKeyedDigest(key));
    const short = keys.map((key) => createShortHmac(key));
    for (const text of ['', 'a', 'x'.repeat(64), 'y'.repeat(200)]) {
      const bytes = Buffer.from(text);
      const expected = keys.map((key) => byNode(key, bytes));
      expect(digests.map((digest) => digest(bytes, bytes.length))).toEqual(expected);
      expect(short.map((mac) => mac(text))).toEqual(expected.map((tag) => tag.toString('hex')));
    }
  });

  it('refuses what it cannot digest', () => {
    expect(() => createKeyedDigest(randomBytes(65))).toThrow(RangeError);
    expect(() => createKeyedDigest(randomBytes(32))(Buffer.alloc(4), 5)).toThrow(RangeError);
  });
});
