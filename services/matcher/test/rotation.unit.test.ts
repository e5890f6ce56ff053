import { type CorrelationId, type EventType, encodeEvent, rotationMarkKey, SCHEMA_VERSION } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { readRecordBatch } from '../src/records/read-batch.js';

const topic = { source: 'tax', type: 'income' } as const;
const message = (type: EventType, key: Buffer, payload: unknown) => ({
  offset: 0n,
  key,
  timestamp: 0,
  value: encodeEvent({
    id: 'e',
    type,
    schemaVersion: SCHEMA_VERSION,
    producedBy: 'tax-source',
    occurredAt: 0,
    correlationId: 'c' as CorrelationId,
    payload,
  }),
});

describe('what a record topic says of a rotation of the pseudonym key', () => {
  it('is read as moves and marks, and refused where it is not of this topic', () => {
    const person = Buffer.alloc(16, 7);
    const moved = { source: 'tax', recordType: 'income' };
    const mark = { ...moved, to: '2', step: 'doubled' };
    const refused: string[] = [];
    const batch = readRecordBatch(
      topic,
      [
        message('person.moved', person, moved),
        message('pseudonyms.mark', rotationMarkKey('doubled'), mark),
        message('person.moved', Buffer.from('short'), moved),
        message('person.moved', person, { ...moved, source: 'vehicle' }),
        message('pseudonyms.mark', rotationMarkKey('doubled'), { ...mark, recordType: 'account' }),
        message('pseudonyms.mark', rotationMarkKey('doubled'), { ...mark, step: 'other' }),
      ],
      (_, reason) => refused.push(reason),
    );
    expect(batch).toEqual({ slices: [], markers: [], moved: [person.toString('hex')], marks: [mark] });
    expect(refused).toHaveLength(4);
  });
});
