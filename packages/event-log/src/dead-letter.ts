import { randomUUID } from 'node:crypto';
import { type CorrelationId, encodeEvent, SCHEMA_VERSION, TOPICS } from '@hedui/contracts';
import type { OutgoingMessage } from './port.js';

/** Room for the envelope and the key beside the value. */
const LETTER_BYTES = TOPICS.deadLetter.maxMessageBytes - 65_536;
const KEY_BYTES_KEPT = 1024;

/** A message that could not be processed, or could not be sent. */
export interface Refused {
  topic: string;
  partition: number;
  /** `-` when it never got one. */
  offset: string;
  key: Uint8Array;
  value: Uint8Array;
}

/** The dead letter of a message. The same message refused twice by the same consumer is the same letter, unless it never had an offset. */
export function deadLetterOf(
  message: Refused,
  { consumer, reason, id }: { consumer: string; reason: string; id?: string },
): OutgoingMessage {
  const { topic, partition, offset, key, value } = message;
  const origin = `${topic}/${partition}`;
  const cut = value.length > LETTER_BYTES;
  return {
    topic: TOPICS.deadLetter.name,
    partition: 0,
    key: Buffer.from(origin),
    value: encodeEvent({
      id: id ?? `${consumer}/${origin}/${offset}`,
      type: 'dead.letter',
      schemaVersion: SCHEMA_VERSION,
      producedBy: consumer,
      occurredAt: Date.now(),
      correlationId: randomUUID() as CorrelationId,
      payload: {
        topic,
        partition,
        offset,
        consumer,
        reason: cut ? `${reason} (value cut to ${LETTER_BYTES} of ${value.length} bytes)` : reason,
        value: cut ? value.subarray(0, LETTER_BYTES) : value,
        key: Buffer.from(key.subarray(0, KEY_BYTES_KEPT)),
      },
    }),
  };
}

/** What a log adds to a message, generously. */
const OVERHEAD_BYTES = 1024;
const LARGEST = new Map<string, number>(
  Object.values(TOPICS).map(({ name, maxMessageBytes }) => [name, maxMessageBytes]),
);
/** Of topics of records, which have names of their own. */
const LARGEST_RECORD = TOPICS.requests.maxMessageBytes;

/** True when no log takes the message: everything behind it would wait for ever. */
export function isTooLarge({ topic, key, value }: OutgoingMessage): boolean {
  return key.length + value.length + OVERHEAD_BYTES > (LARGEST.get(topic) ?? LARGEST_RECORD);
}
