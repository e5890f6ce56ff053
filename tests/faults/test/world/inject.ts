import { createEventLog, type EventLog, type OutgoingMessage } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import type { World } from './world.js';

/** The world's event log, to put messages into it that no service sent. Only injecting goes this way: judging never does. */
export function openLog(world: World): Promise<EventLog> {
  const logger = createLogger('injecting', 'silent');
  return createEventLog(
    world.log === 'kafka'
      ? { HEDUI_LOG: 'kafka', KAFKA_BROKERS: world.brokers() }
      : { HEDUI_LOG: 'postgres', EVENT_LOG_URL: world.databaseUrl('hedui_log') },
    { logger, clientId: 'injecting' },
  );
}

const AT_ONCE = 500;

/** Puts messages into the log, in their order. */
export async function inject(world: World, messages: readonly OutgoingMessage[]): Promise<void> {
  const log = await openLog(world);
  try {
    for (let from = 0; from < messages.length; from += AT_ONCE) await log.publish(messages.slice(from, from + AT_ONCE));
  } finally {
    await log.close();
  }
}
