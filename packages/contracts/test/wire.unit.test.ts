import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  asKey,
  type CorrelationId,
  type Day,
  decodeEvent,
  decodeFact,
  type Envelope,
  encodeEvent,
  formatYuan,
  keyBytes,
  keyFromBytes,
  MalformedEvent,
  type NameKey,
  type PersonKey,
  pack,
  parseYuan,
  partitionOfId,
  partitionOfPerson,
  readSlicePayload,
  regionCovers,
  type Slice,
  slicePayload,
} from '../src/index.js';

const person = asKey<PersonKey>('00112233445566778899aabbccddeeff');
const name = asKey<NameKey>('ffeeddccbbaa99887766554433221100');
const envelope = (payload: unknown): Envelope => ({
  id: 'e1',
  type: 'record.slice',
  schemaVersion: 1,
  producedBy: 'tax-source',
  occurredAt: 1,
  correlationId: 'c1' as CorrelationId,
  payload,
});

describe('events on the wire', () => {
  it('come back as they went', () => {
    const slice: Slice = {
      source: 'vehicle',
      recordType: 'registration',
      epoch: 1,
      counter: 7,
      names: [name],
      records: [[0, 'V-1', '02', null, 'GQ', 20_000, null]],
    };
    const event = decodeEvent(encodeEvent(envelope(slicePayload(slice))));
    expect(event).toMatchObject({ id: 'e1', type: 'record.slice', correlationId: 'c1' });
    const read = readSlicePayload(event.payload);
    expect(read).toEqual(slice);
    expect(read.records.map((record) => decodeFact('registration', record))).toEqual([
      {
        recordId: 'V-1',
        plateType: '02',
        useNature: null,
        status: 'GQ',
        registeredOn: 20_000 as Day,
        disposedOn: null,
      },
    ]);
  });

  it.each([
    ['bytes that are no MessagePack', Buffer.from([0x97, 0x01]), 'NOT_MESSAGEPACK'],
    ['another shape', pack({ a: 1 }), 'NOT_AN_ENVELOPE'],
    ['an unknown schema version', pack([2, 'record.slice', 'i', 'p', 1, 'c', null]), 'UNKNOWN_SCHEMA_VERSION'],
    ['an unknown type', pack([1, 'weather', 'i', 'p', 1, 'c', null]), 'UNKNOWN_TYPE'],
    ['fields of another form', pack([1, 'record.slice', 1, 'p', 1, 'c', null]), 'NOT_AN_ENVELOPE'],
  ])('refuse %s', (_what, bytes, reason) => {
    try {
      decodeEvent(bytes);
      throw new Error('accepted');
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedEvent);
      expect(error).toMatchObject({ reason });
    }
  });

  it('never throw anything but MalformedEvent, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readSlicePayload(decodeEvent(bytes).payload);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedEvent);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('refuse a slice whose records point to no name', () => {
    const payload = ['tax', 'income', 1, 1, Buffer.alloc(0), [[0, 1, 'wages', 1]]];
    expect(() => readSlicePayload(payload)).toThrow(MalformedEvent);
  });
});

describe('keys and partitions', () => {
  it('keep a key whole through its bytes', () => {
    expect(keyFromBytes(keyBytes(person))).toBe(person);
    expect(() => asKey('xyz')).toThrow(TypeError);
  });

  it('never change: a person must stay in one partition', () => {
    expect([partitionOfPerson(person), partitionOfPerson(asKey<PersonKey>('0000000f'.padEnd(32, '0')))]).toEqual([
      3, 7,
    ]);
    expect(['a', 'b', 'chunk-1'].map((id) => partitionOfId(id))).toMatchInlineSnapshot(`
[
  4,
  5,
  4,
]
`);
  });
});

describe('money', () => {
  it('is read exactly and written as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000_000_000 }), (fen) => {
        expect(parseYuan(formatYuan(fen))).toBe(fen);
      }),
    );
  });

  it.each(['1,234.50', '12.345', '-1.00', '1.5E+04', '', '.5', '1.', '１', '100000000000.01', ' 1'])(
    'refuses %p',
    (text) => expect(parseYuan(text)).toBeNull(),
  );

  it.each([
    ['1', 100],
    ['1.5', 150],
    ['0.07', 7],
    ['100000000000.00', 10_000_000_000_000],
  ])('reads %p', (text, fen) => expect(parseYuan(text)).toBe(fen));

  it('takes exactly the texts of its form', () => {
    const form = /^(\d{1,12})(?:\.(\d{1,2}))?$/;
    const pieces = fc.constantFrom('0', '1', '9', '00', '.', '-', '+', ' ', 'e', '１', '999999999', '100000000000');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), (parts) => {
        const text = parts.join('');
        const [, yuan, rest = ''] = form.exec(text) ?? [];
        const fen = yuan === undefined ? Number.NaN : Number(yuan) * 100 + Number(rest.padEnd(2, '0'));
        expect(parseYuan(text)).toBe(fen <= 10_000_000_000_000 ? fen : null);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('regions', () => {
  it.each([
    ['520000', '520102001', true],
    ['520100', '520102', true],
    ['520102', '520102001', true],
    ['520102', '520103', false],
    ['520100', '520200', false],
    ['520102001', '520102001', true],
    ['520102001', '520102', false],
  ])('%s covers %s: %p', (scope, region, covers) => expect(regionCovers(scope, region)).toBe(covers));
});
