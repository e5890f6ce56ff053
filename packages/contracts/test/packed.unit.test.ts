import { describe, expect, it } from '@jest/globals';
import { pack, packedArray, unpackPart } from '../src/index.js';

describe('values that are packed one by one', () => {
  it('give the same array as packed together, whatever their number', () => {
    for (const count of [0, 1, 15, 16, 65_535, 65_536]) {
      const values = Array.from({ length: count }, (_, n) => n);
      expect(packedArray(values.map(pack)).equals(pack(values))).toBe(true);
    }
  });

  it('are read again from where they stand', () => {
    const values = [['a', 1], null, 'text of some length, so that it is not read with others', [1.5, Buffer.from('b')]];
    const parts = values.map(pack);
    const bytes = Buffer.concat(parts);
    let at = 0;
    for (const [n, part] of parts.entries()) {
      expect(unpackPart(bytes, at, at + part.length)).toEqual(values[n]);
      at += part.length;
    }
  });
});
