import { constants, deflateRawSync, deflateSync, gzipSync, inflateRawSync } from 'node:zlib';
import { pack, unpack } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ENCODINGS, type Encoding, type Kind, needlesOf } from './needles.js';
import { mayBeDeflated, mayBePacked } from './refuse.js';
import { scan } from './scan.js';
import { searchFor, searchNeedles } from './search.js';

const somebody: readonly [Kind, string][] = [
  ['identity number', '52000019620318001X'],
  ['name', '阿依古丽·买买提'],
  ['plate', '贵A12345'],
  ['account', 'A00000051'],
  ['company code', '91520000MA0AAAA1XK'],
];
const search = searchNeedles(somebody.flatMap(([kind, text]) => [...needlesOf(text, kind)]));
const found = async (bytes: Uint8Array) => (await scan([{ place: 'p', bytes }], search)).leaks;
const around = (bytes: Buffer, before = 5): Buffer =>
  Buffer.concat([Buffer.alloc(before, 0xfe), bytes, Buffer.from([0xfe, 0xff])]);

const encoded: Record<Encoding, (text: string) => Buffer> = {
  plain: (text) => Buffer.from(text),
  'UTF-16 LE': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16 BE': (text) => Buffer.from(text, 'utf16le').swap16(),
  hex: (text) => Buffer.from(Buffer.from(text).toString('hex')),
  base64: (text) => Buffer.from(Buffer.from(`abc${text}de`).toString('base64')),
  'base64 + 1': (text) => Buffer.from(Buffer.from(`a${text}de`).toString('base64')),
  'base64 + 2': (text) => Buffer.from(Buffer.from(`ab${text}de`).toString('base64url')),
};
const packings: readonly [string, (bytes: Buffer) => Buffer][] = [
  ['as it is', (bytes) => bytes],
  ['deflated', (bytes) => deflateRawSync(bytes)],
  ['deflated in a block that is stored', (bytes) => deflateRawSync(bytes, { level: 0 })],
  ['deflated in a block of the fixed code', (bytes) => deflateRawSync(bytes, { strategy: constants.Z_FIXED })],
  [
    'deflated in a block of its own code',
    (bytes) => deflateRawSync(Buffer.concat([Buffer.from('abcdefgh'.repeat(99)), bytes, Buffer.alloc(5_000, bytes)])),
  ],
  ['in zlib', (bytes) => deflateSync(bytes)],
  ['in gzip', (bytes) => gzipSync(bytes)],
  ['packed', (bytes) => pack([1, { a: bytes }])],
  ['packed in what is deflated in what is packed', (bytes) => pack(['x', deflateRawSync(pack([bytes, 2]))])],
  ['gzip in base64 in JSON', (bytes) => Buffer.from(JSON.stringify({ v: [gzipSync(bytes).toString('base64')] }))],
  [
    'deflated in hex in JSON in a log',
    (bytes) => Buffer.from(`{"a":1}\n${JSON.stringify({ v: deflateRawSync(bytes).toString('hex') })}\n`),
  ],
];

describe('a planted leak is seen', () => {
  for (const [kind, text] of somebody) {
    for (const encoding of ENCODINGS) {
      it.each(packings)(`${kind}, ${encoding}, %s`, async (_how, packing) => {
        for (const spelling of [text, text.toLowerCase()]) {
          const leaks = await found(packing(around(encoded[encoding](spelling))));
          expect(leaks.map((leak) => leak.kind)).toContain(kind);
          expect(JSON.stringify(leaks)).not.toContain(text);
        }
      });
    }
  }

  it('a name of two characters where it is text, and not where it is chance', async () => {
    const two = searchNeedles(needlesOf('张三', 'name'));
    const leaks = async (bytes: Buffer) => (await scan([{ place: 'p', bytes }], two)).leaks.length;
    expect(await leaks(Buffer.from('{"who":"张三"}'))).toBe(1);
    expect(await leaks(pack(['张三丰']))).toBe(1);
    expect(await leaks(deflateRawSync(pack({ v: pack(['a', '张三']) })))).toBe(1);
    expect(await leaks(around(Buffer.from('张三')))).toBe(0);
    // As hex it is long enough to count anywhere.
    expect(await leaks(around(Buffer.from(Buffer.from('张三').toString('hex'))))).toBe(1);
  });
});

it('nothing is seen where there is nothing', async () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.alloc(100),
    Buffer.from('52000019620318002X'),
    pack({ a: ['欧阳', '贵A12346'] }),
  ]) {
    expect(await found(bytes)).toEqual([]);
  }
});

it('patterns are found exactly where they are', () => {
  const bytes = fc.uint8Array({ max: 3, minLength: 4, maxLength: 7 });
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 20 }), fc.uint8Array({ max: 3, maxLength: 200 }), (patterns, hay) => {
      const text = Buffer.from(hay).toString('latin1');
      const expected = patterns.flatMap((p, n) => (text.includes(Buffer.from(p).toString('latin1')) ? [n] : []));
      const found = new Set<number>();
      searchFor(patterns, 4).find(hay, (n) => found.add(n));
      expect([...found].toSorted((a, b) => a - b)).toEqual(expected);
    }),
  );
});

const read = (reader: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown => {
  try {
    return reader(bytes);
  } catch {
    return null;
  }
};

describe('only what can hold nothing is refused unread', () => {
  it('whatever zlib inflates to as much as a needle', () => {
    const inflated = fc.uint8Array({ maxLength: 300 });
    const strategy = fc.constantFrom(constants.Z_FIXED, constants.Z_DEFAULT_STRATEGY, constants.Z_HUFFMAN_ONLY);
    const deflated = fc
      .tuple(inflated, strategy, fc.integer({ min: 0, max: 9 }), fc.string(), fc.uint8Array({ maxLength: 9 }))
      .map(([bytes, how, level, text, after]) => {
        const held = Buffer.concat([bytes, Buffer.from(text.repeat(9))]);
        return Buffer.concat([deflateRawSync(held, { strategy: how, level }), after]);
      });
    fc.assert(
      fc.property(fc.oneof(deflated, inflated), (bytes) => {
        const out = read(inflateRawSync, bytes);
        if (out instanceof Uint8Array && out.length >= 4) expect(mayBeDeflated(bytes)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('whatever unpacks to something that holds text or bytes', () => {
    const packed = fc
      .anything({ withMap: true, withDate: true, withTypedArray: true })
      .map((value) => pack([value, 'x']));
    fc.assert(
      fc.property(fc.oneof(packed, fc.uint8Array({ minLength: 1, maxLength: 40 })), (bytes) => {
        const value = read(unpack, bytes);
        if (typeof value === 'string' || (value !== null && typeof value === 'object'))
          expect(mayBePacked(bytes)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
