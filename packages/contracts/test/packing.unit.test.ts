import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MalformedEvent, PackReader, PackWriter, pack, squeezeAside, unpack } from '../src/index.js';
import { inflate, squeeze } from '../src/packing/squeeze.js';

const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary', maxLength: 400 }));
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 70_000 }),
);
const plain = fc.oneof(
  text,
  number,
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 300 }).map(Buffer.from),
);
const hex = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));

function written(values: readonly (string | number | boolean | null | Uint8Array)[]): Buffer {
  const to = new PackWriter();
  for (const value of values) to.plain(value);
  return to.takeArray(values.length);
}

describe('values that are written one by one', () => {
  it('are the bytes that packing them together gives', () => {
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 40 }), (values) => {
        expect(written(values).equals(pack(values))).toBe(true);
      }),
      { numRuns: 500 },
    );
    for (const count of [0, 15, 16, 65_535, 65_536]) {
      const values = Array.from({ length: count }, (_, n) => n);
      expect(written(values).equals(pack(values))).toBe(true);
    }
    for (const long of ['a'.repeat(300), '困'.repeat(100), 'ü'.repeat(70_000)])
      expect(written([long]).equals(pack([long]))).toBe(true);
  });

  it('hold pseudonyms as bytes, lists and maps', () => {
    const to = new PackWriter();
    const [one = '', two = ''] = ['00112233445566778899aabbccddeeff', 'f'.repeat(32)];
    to.array(1);
    to.keys(one, two);
    to.map(1);
    to.text('a');
    to.flag(true);
    expect(unpack(to.takeArray(2))).toEqual([[Buffer.from(one + two, 'hex')], { a: true }]);
  });

  it('are forgotten from where one failed, and begin anew when they were taken', () => {
    const to = new PackWriter();
    to.number(1);
    const before = to.length;
    to.text('not whole');
    to.backTo(before);
    expect(unpack(to.takeArray(1))).toEqual([1]);
    expect(to.length).toBe(0);
  });
});

describe('values that are read where they stand', () => {
  it('are those that were written, and can be passed over', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, number, hex, fc.option(number, { nil: null })), { maxLength: 20 }),
        (rows) => {
          const to = new PackWriter();
          for (const [word, count, key, maybe] of rows) {
            to.array(4);
            to.text(word);
            to.number(count);
            to.keys(key);
            to.numberOrNil(maybe);
          }
          const bytes = to.takeArray(rows.length);
          const from = new PackReader(bytes);
          expect(from.array()).toBe(rows.length);
          for (const [word, count, key, maybe] of rows) {
            from.arrayOf(4);
            // Half of a pair of units is read as what it cannot be.
            if (!/\p{Surrogate}/u.test(word)) expect(from.text()).toBe(word);
            else from.skip();
            expect(from.number()).toBe(count === 0 ? 0 : count);
            const at = from.keys(1);
            expect(bytes.toString('hex', at, at + 16)).toBe(key);
            expect(from.numberOrNull()).toBe(maybe === 0 ? 0 : maybe);
          }
          from.finish();
          const again = new PackReader(bytes);
          expect(again.skipRows()).toBe(rows.length);
          again.finish();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are whatever packing gives, nested as it likes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const bytes = pack([value, 7]);
        const from = new PackReader(bytes);
        from.arrayOf(2);
        expect(from.value()).toEqual(unpack(pack(value)));
        expect(from.number()).toBe(7);
      }),
    );
  });

  it('refuse anything else without reading beyond its end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(6), (raw, way) => {
        const from = new PackReader(Buffer.from(raw));
        const ways = [
          () => from.skipRows(),
          () => from.text(),
          () => from.number(),
          () => from.keys(1),
          () => from.skip(3),
          () => from.value(),
          () => from.binary(),
        ];
        try {
          ways[way]?.();
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedEvent);
        }
        expect(from.at).toBeLessThanOrEqual(raw.length);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what is squeezed', () => {
  it('comes back, from this thread and from beside it', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('short'), Buffer.alloc(3_000_000, 'long')]) {
      expect(inflate(squeeze(bytes), 'x').equals(bytes)).toBe(true);
      expect(inflate(await squeezeAside(bytes), 'x').equals(bytes)).toBe(true);
    }
    expect(() => inflate(Buffer.from('no such thing'), 'x')).toThrow(MalformedEvent);
    expect(() => inflate('text', 'x')).toThrow(MalformedEvent);
  });
});
