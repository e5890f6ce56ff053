import {
  type CorrelationId,
  deadLetterSchema,
  decodeEvent,
  isSealedText,
  pack,
  readSlicePayload,
  TOPICS,
} from '@hedui/contracts';
import { createPseudonyms } from '@hedui/privacy';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PendingSlice } from '../src/db/pending.js';
import { createRecordIds } from '../src/intake/record-ids.js';
import { type SendingContext, sliceOrDeadLetter } from '../src/relay/messages.js';
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
