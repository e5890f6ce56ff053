import { type CorrelationId, deadLetterSchema, decodeEvent, pack, readSlicePayload, TOPICS } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import type { PendingSlice } from '../src/db/pending.js';
import { type SendingContext, sliceOrDeadLetter } from '../src/relay/messages.js';
import { socialInsurance } from './support/definitions.js';

const [type] = socialInsurance.recordTypes;
if (!type) throw new Error('the definition has a record type');
const context: SendingContext = {
  source: 'social_insurance',
  type,
  producedBy: 'social_insurance-source',
  epoch: 1,
  correlationId: 'c' as CorrelationId,
  now: 0,
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
