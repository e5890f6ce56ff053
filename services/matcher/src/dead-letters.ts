import { type CorrelationId, type DeadLetter, encodeEvent, SCHEMA_VERSION, TOPICS } from '@hedui/contracts';
import type { LogMessage, OutgoingMessage, TopicPartition } from '@hedui/event-log';

/** A request chunk, or one household of it, that could not be answered, and why. */
export interface Undeliverable {
  at: TopicPartition;
  message: LogMessage;
  consumer: string;
  /** A code, perhaps with what broke; names nobody. */
  reason: string;
  /** Tells several undeliverable parts of one message apart. */
  part?: string;
  /** In place of the whole message: the part that is undeliverable. */
  value?: Uint8Array;
}

/** The dead letter of what could not be answered; processing the message again gives the same letter. */
export function deadLetter(undeliverable: Undeliverable): OutgoingMessage {
  const { at, message, consumer, reason, part } = undeliverable;
  const origin = `${at.topic}/${at.partition}`;
  const id = `${consumer}/${origin}/${message.offset}${part === undefined ? '' : `/${part}`}`;
  const payload: DeadLetter = {
    topic: at.topic,
    partition: at.partition,
    offset: String(message.offset),
    consumer,
    reason,
    value: new Uint8Array(undeliverable.value ?? message.value),
    key: new Uint8Array(message.key),
    ...(part === undefined ? {} : { part }),
  };
  return {
    topic: TOPICS.deadLetter.name,
    partition: 0,
    key: Buffer.from(origin),
    value: encodeEvent({
      id,
      type: 'dead.letter',
      schemaVersion: SCHEMA_VERSION,
      producedBy: 'matcher',
      occurredAt: message.timestamp,
      correlationId: id as CorrelationId,
      payload,
    }),
  };
}
