import type { Logger } from '@hedui/logging';
import { createKafkaLog } from './kafka/log.js';
import type { EventLog } from './port.js';
import { createPostgresLog } from './postgres/log.js';

/** As the environment says it (`eventLogSchema` of packages/config). */
export type EventLogConfig =
  | { HEDUI_LOG: 'kafka'; KAFKA_BROKERS: readonly string[] }
  | { HEDUI_LOG: 'postgres'; EVENT_LOG_URL: string };

/** The event log that the configuration names. `clientId` is the service's name, shown by the broker or the database. */
export async function createEventLog(
  config: EventLogConfig,
  { logger, clientId }: { logger: Logger; clientId: string },
): Promise<EventLog> {
  return config.HEDUI_LOG === 'kafka'
    ? createKafkaLog({ brokers: config.KAFKA_BROKERS, clientId, logger })
    : createPostgresLog({ url: config.EVENT_LOG_URL, clientId, logger });
}
