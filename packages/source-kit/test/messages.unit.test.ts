import {
  asKey,
  type CorrelationId,
  deadLetterSchema,
  decodeEvent,
  isSealedText,
  type PersonKey,
  pack,
  readSlicePayload,
  SEALED_TEXT,
  TOPICS,
} from '@hedui/contracts';
import { createPseudonyms } from '@hedui/privacy';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PendingSlice } from '../src/db/pending.js';
import { createRecordIds } from '../src/intake/record-ids.js';
import { type SendingContext, sliceEvent, sliceOrDeadLetter } from '../src/relay/messages.js';
import { slicePacker } from '../src/relay/packed-slice.js';
import { socialInsurance } from './support/definitions.js';

const [type] = socialInsurance.recordTypes;
if (!type) throw new Error('the definition has a record type');
const pseudonyms = createPseudonyms({ current: '1', keys: new Map([['1', Buffer.alloc(32, 1)]]) });
const ids = createRecordIds(Buffer.alloc(32, 2), pseudonyms);
const context: SendingContext = {
  source: 'social_insurance',
  type,
  producedBy: 'social_insurance-source',
  epoch: 1,
  correlationId: 'c' as CorrelationId,
  now: 0,
  ids,
};
const slice = (records: number): PendingSlice => ({
  personKey: Buffer.alloc(16, 7),
  counter: 3,
  entries: Array.from({ length: records }, (_, i) => ({
    nameKey: Buffer.alloc(16, i % 2),
    otherPersonKey: null,
    blind: pack([`R${i}`, 24_000, i]),
  })),
});

describe('the message of a slice', () => {
  it('names each name once and points to it', () => {
    const message = sliceOrDeadLetter(context, slice(3), 1_000_000);
    const payload = readSlicePayload(decodeEvent(message.value).payload);
    expect(payload.names).toEqual(['00'.repeat(16), '01'.repeat(16)]);
    expect(payload.records.map(([name, id]) => [name, id])).toEqual([
      [0, 'R0'],
      [1, 'R1'],
      [0, 'R2'],
    ]);
    expect(message.key).toEqual(Buffer.alloc(16, 7));
  });

  it('has sealed ids in the place that they have in clear', () => {
    const id = fc.oneof(
      fc.constantFrom(
        'V-17',
        'Z',
        '520000196203180013',
        '520000196203180013-2',
        '510000196203180019',
        '张三',
        '𠀀',
        '\uE000',
      ),
      fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => Buffer.from(text).toString()),
    );
    const row = fc.record({ id, since: fc.integer({ min: 19_000, max: 19_002 }) });
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: (r) => r.id, maxLength: 12 }), (rows) => {
        const order = (rows: readonly { id: string; since: number }[], stored: (id: string) => string) =>
          rows.toSorted(
            (a, b) => a.since - b.since || Buffer.compare(Buffer.from(stored(a.id)), Buffer.from(stored(b.id))),
          );
        const [, guardianship] = socialInsurance.recordTypes;
        if (!guardianship) throw new Error('the definition has a second record type');
        const message = sliceOrDeadLetter(
          { ...context, type: guardianship },
          {
            personKey: Buffer.alloc(16, 7),
            counter: 1,
            // As the database gives them: in the order of what it holds.
            entries: order(rows, ids.atRest).map((r) => ({
              nameKey: Buffer.alloc(16),
              otherPersonKey: Buffer.alloc(16, 1),
              blind: pack([ids.atRest(r.id), r.since]),
            })),
          },
          1_000_000,
        );
        const sent = readSlicePayload(decodeEvent(message.value).payload).records;
        const clear = sent.map(([, text]) => (isSealedText(String(text)) ? pseudonyms.openText(String(text)) : text));
        expect(clear).toEqual(order(rows, (text) => text).map((r) => r.id));
        const travelled = Buffer.from(message.value).toString('latin1');
        for (const number of ['520000196203180013', '510000196203180019']) expect(travelled).not.toContain(number);
      }),
    );
  });

  it('is the same, byte for byte, whether its fields are unpacked or not', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((key) => Buffer.from(key));
    // What begins like a sealed text is sealed before it is kept; elsewhere in a text it is written as any other.
    const text = fc
      .oneof(
        { weight: 60, arbitrary: fc.string({ unit: 'grapheme' }) },
        { weight: 60, arbitrary: fc.string({ minLength: 300, maxLength: 70_000 }) },
        { weight: 1, arbitrary: fc.string().map((written) => `V-17 ${SEALED_TEXT}${written}`) },
      )
      .filter((written) => !written.startsWith(SEALED_TEXT));
    const names = fc.uniqueArray(bytes, { minLength: 1, maxLength: 20, selector: (key) => key.toString('hex') });
    const entry = fc.record({
      name: fc.nat(19),
      other: fc.option(bytes),
      fields: fc.tuple(text, fc.option(fc.integer()), fc.option(fc.maxSafeInteger())),
    });
    const some = fc.tuple(
      names,
      fc.array(entry, { maxLength: 40 }),
      fc.nat(),
      fc.constantFrom(...socialInsurance.recordTypes),
    );
    fc.assert(
      fc.property(some, ([keys, entries, counter, of]) => {
        const sending = { ...context, type: of };
        const fields = of.blind.filter((field) => field.as !== 'otherPerson').length;
        const pending: PendingSlice = {
          personKey: Buffer.alloc(16, 9),
          counter,
          entries: entries.map(({ name, other, fields: values }) => ({
            nameKey: keys[name % keys.length] ?? Buffer.alloc(16),
            otherPersonKey: other,
            blind: pack(values.slice(0, fields)),
          })),
        };
        const person = asKey<PersonKey>('09'.repeat(16));
        const packed = slicePacker(sending)(pending, person);
        if (packed === null) {
          expect(entries.some(({ fields: [written] }) => written.includes(SEALED_TEXT))).toBe(true);
          return;
        }
        expect(packed).toEqual(sliceEvent(sending, pending, person));
      }),
      { numRuns: 60 },
    );
  });

  it('is unpacked where a sealed text has to be opened', () => {
    const sealed = {
      ...slice(1),
      entries: [{ ...slice(1).entries[0], blind: pack([ids.atRest('520000196203180013'), 1, 2]) }],
    };
    expect(slicePacker(context)(sealed as PendingSlice, '09'.repeat(16))).toBeNull();
  });

  it('an empty slice is a value too', () => {
    const message = sliceOrDeadLetter(context, slice(0), 1_000_000);
    expect(readSlicePayload(decodeEvent(message.value).payload)).toMatchObject({ names: [], records: [], counter: 3 });
  });

  it('is a dead letter when no topic would take it, so that the relay goes on', () => {
    const message = sliceOrDeadLetter(context, slice(500), 4096);
    expect(message.topic).toBe(TOPICS.deadLetter.name);
    const letter = deadLetterSchema.parse(decodeEvent(message.value).payload);
    expect(letter).toMatchObject({
      topic: 'hedui.source.social_insurance.pension',
      reason: 'SLICE_TOO_LARGE: 500 records',
    });
    expect(message.value.length).toBeLessThan(1024);
  });
});
