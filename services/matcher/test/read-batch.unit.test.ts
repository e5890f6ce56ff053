import type { OutgoingMessage } from '@hedui/event-log';
import { describe, expect, it } from '@jest/globals';
import { type RecordBatch, readRecordBatch } from '../src/records/read-batch.js';
import { batchOf, day, event, load, markerMessage, person, sliceMessage } from './builders.js';

const topic = { source: 'civil_affairs', type: 'death' } as const;
const death = (n: number, counter: number, epoch = 1) =>
  sliceMessage({ person: person(n), ...topic, counter, epoch, records: [[0, day('2026-01-01')]] });

/** What the messages say, and why some were refused. */
function read(messages: readonly OutgoingMessage[]): RecordBatch & { refused: string[] } {
  const refused: string[] = [];
  const batch = readRecordBatch(topic, batchOf(messages).messages, (message, reason) => {
    refused.push(`${message.offset} ${reason}`);
  });
  return { ...batch, refused };
}

describe('reading a batch of a record topic', () => {
  it('keeps the newest slice of each person, whatever the order, and the markers in order', () => {
    const marker = load({ source: 'civil_affairs', recordType: 'death', seq: 3 });
    const { slices, markers, refused } = read([
      markerMessage('load.begin', marker, 0),
      death(8, 5),
      death(8, 4),
      death(16, 9),
      death(16, 1, 2),
      markerMessage('load.complete', marker, 0),
    ]);
    expect(slices.map(({ person: p, epoch, counter }) => [p, epoch, counter])).toEqual([
      [person(8), 1, 5],
      [person(16), 2, 1],
    ]);
    expect(markers.map(({ phase }) => phase)).toEqual(['load.begin', 'load.complete']);
    expect(refused).toEqual([]);
  });

  it('sets aside what is no event, of another topic, of another form, and goes on', () => {
    const other = sliceMessage({ person: person(8), source: 'tax', type: 'income', counter: 1 });
    const at = { topic: 't', partition: 0 };
    const { slices, refused } = read([
      { ...at, key: Buffer.alloc(16), value: Buffer.from('{"not":"ours"}') },
      other,
      { ...at, key: Buffer.from('short'), value: death(8, 1).value },
      { ...at, key: Buffer.from('m'), value: event('load.complete', 'x', { loadId: 1 }) },
      { ...at, key: Buffer.from('m'), value: event('policy.published', 'x', {}) },
      { ...at, key: Buffer.alloc(0), value: Buffer.alloc(0) },
      death(8, 2),
    ]);
    expect(slices.map((slice) => slice.counter)).toEqual([2]);
    expect(refused).toHaveLength(6);
    expect(refused[1]).toMatch(/^1 BAD_PAYLOAD/);
  });
});
