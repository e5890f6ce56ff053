import { decodeEvent, MalformedEvent, readRotationPayload, rotationStepSchema, TOPICS } from '@hedui/contracts';
import { advance, type EventLog, type LogConsumer, type LogMessage, readPositions } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { type Client, inTransaction, type Pool } from '@hedui/postgres';
import { beginRotation, clearAgain, markAgain, noteDrained, sentVersion } from './db.js';
import { recordKeyStep } from './record.js';

export interface HearParts {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  group: string;
}

/** Hears from verification how far the rotation is. */
export function hearRotation(parts: HearParts): Promise<LogConsumer> {
  const { pool, group } = parts;
  return parts.log.consume({
    group,
    topics: [TOPICS.pseudonyms.name],
    quiet: true,
    positions: () => readPositions(pool, group),
    async handler(batch) {
      await inTransaction(pool, async (client) => {
        const from = await advance(client, group, batch);
        for (const message of batch.messages) if (message.offset >= from) await take(client, parts, message);
      });
    },
  });
}

async function take(client: Client, { logger }: HearParts, message: LogMessage): Promise<void> {
  try {
    const event = decodeEvent(message.value);
    if (event.type !== 'pseudonyms.step') return;
    const { to, step } = readRotationPayload(rotationStepSchema, event.payload);
    // A step that is told again was lost with its topic, and with it what was said of it.
    if (step === 'drained') {
      await noteDrained(client, to);
      await clearAgain(client, to);
    }
    if (step === 'begun') {
      await markAgain(client, to);
      // A database that began with the new version has nothing to double, and says so.
      const own = { from: to, to };
      if ((await sentVersion(client)) === to && (await beginRotation(client, { ...own, step: 'doubling' })))
        await recordKeyStep(client, own, 'begun');
    }
  } catch (error) {
    if (!(error instanceof MalformedEvent)) throw error;
    logger.warn({ reason: error.reason, offset: String(message.offset) }, 'a message about a rotation is not ours');
  }
}
