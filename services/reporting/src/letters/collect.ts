import { createHash } from 'node:crypto';
import {
  aboutOf,
  type CorrelationId,
  type DeadLetter,
  deadLetterSchema,
  decodeEvent,
  letterToldMessage,
  MalformedEvent,
  TOPICS,
} from '@hedui/contracts';
import { consumeInTransaction, type EventLog, enqueue, type LogConsumer, type LogMessage } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import type { Client, Pool } from '@hedui/postgres';
import { type NewLetter, putLetter } from '../db/dead-letters.js';

export const LETTERS_GROUP = 'reporting.dead-letters';
const SERVICE = 'reporting';

/** Keeps every dead letter, and tells where its chunk of households is at home that it waits for somebody's decision. */
export function consumeLetters(parts: {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  wake(): void;
}): Promise<LogConsumer> {
  return consumeInTransaction({
    ...parts,
    group: LETTERS_GROUP,
    topics: [TOPICS.deadLetter.name],
    quiet: true,
    apply: keepLetters,
    afterCommit(opened) {
      if (opened === 0) return;
      parts.logger.error({ opened }, 'dead letters came: see `hedui dead-letter list`');
      parts.wake();
    },
  });
}

/** Keeps the letters of a batch; how many are open that were not. */
export async function keepLetters(client: Client, fresh: readonly LogMessage[]): Promise<number> {
  let opened = 0;
  const told = [];
  for (const message of fresh) {
    const letter = readLetter(message);
    if (!(await putLetter(client, letter))) continue;
    opened++;
    const { id: letterId, about, reason } = letter;
    if (about.kind !== 'chunk') continue;
    const correlationId = (letter.correlationId ?? letterId) as CorrelationId;
    told.push(letterToldMessage({ letterId, state: 'open', about, reason }, SERVICE, message.timestamp, correlationId));
  }
  await enqueue(client, told);
  return opened;
}

/** What is on the topic of dead letters and is none is kept as one: sending it there again would never end. */
function readLetter(message: LogMessage): NewLetter {
  try {
    const event = decodeEvent(message.value);
    const parsed = deadLetterSchema.safeParse(event.payload);
    if (event.type !== 'dead.letter' || !parsed.success) throw new MalformedEvent('BAD_PAYLOAD', 'dead letter');
    return letterOf(event.id, new Date(event.occurredAt), parsed.data);
  } catch (error) {
    if (!(error instanceof MalformedEvent)) throw error;
    const { offset, value } = message;
    const { name: topic } = TOPICS.deadLetter;
    const letter: DeadLetter = {
      topic,
      partition: 0,
      offset: String(offset),
      consumer: LETTERS_GROUP,
      reason: error.message,
      value: new Uint8Array(value),
    };
    return letterOf(`${LETTERS_GROUP}/${topic}/${offset}`, new Date(message.timestamp), letter);
  }
}

function letterOf(eventId: string, occurredAt: Date, letter: DeadLetter): NewLetter {
  const { topic, partition, offset, consumer, value } = letter;
  const inner = innerEvent(value);
  const cut = /\(value cut to \d+ of (\d+) bytes\)/.exec(letter.reason);
  return {
    id: `D-${createHash('sha256').update(eventId).digest('hex').slice(0, 20)}`,
    topic,
    partition,
    offset: offset === '-' ? null : offset,
    consumer,
    reason: plain(letter.reason),
    about: aboutOf(letter),
    eventType: inner?.type ?? null,
    correlationId: inner ? plain(inner.correlationId) : null,
    size: cut ? Number(cut[1]) : value.length,
    cut: cut !== null,
    occurredAt: Number.isNaN(occurredAt.getTime()) ? new Date() : occurredAt,
    value,
  };
}

function innerEvent(value: Uint8Array) {
  try {
    return decodeEvent(value);
  } catch {
    return null;
  }
}

const LONGEST_REASON = 300;

/** Reasons are codes with details of ours; whatever else a broken message may have brought in is left out. */
const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_REASON);
