import { decodeEvent, MalformedEvent, readRotationPayload, rotationToldSchema, TOPICS } from '@hedui/contracts';
import { consumeInTransaction, type EventLog, type LogConsumer } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import type { Pool } from '@hedui/postgres';
import { noteTold } from '../db/key-rotation.js';

export const KEYS_GROUP = 'verification.keys';

/** Keeps what services tell of rotations; whoever leads one is woken. */
export function hearRotations(parts: {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  wake(): void;
}): Promise<LogConsumer> {
  return consumeInTransaction({
    ...parts,
    group: KEYS_GROUP,
    topics: [TOPICS.pseudonyms.name],
    async apply(client, fresh, context) {
      const told = context.decodeOrDeadLetter(fresh, (message) => {
        const event = decodeEvent(message.value);
        if (event.type === 'pseudonyms.told') return readRotationPayload(rotationToldSchema, event.payload);
        if (event.type === 'pseudonyms.step' || event.type === 'pseudonyms.follow') return null;
        throw new MalformedEvent('UNKNOWN_TYPE', event.type);
      });
      for (const { value } of told) if (value !== null) await noteTold(client, value);
    },
    afterCommit: () => parts.wake(),
  });
}
