import type { Logger } from '@hedui/logging';
import type { KafkaSettings } from './kafka/client.js';
import { createKafkaLog } from './kafka/log.js';
import type { EventLog } from './port.js';
import { createPostgresLog } from './postgres/log.js';

interface KafkaSecurity {
  /** PEM files. The first turns TLS on; a certificate is shown where the brokers ask for one. */
  KAFKA_SSL_CA?: string | undefined;
  KAFKA_SSL_CERT?: string | undefined;
  KAFKA_SSL_KEY?: string | undefined;
  /** SASL SCRAM-SHA-512. */
  KAFKA_USERNAME?: string | undefined;
  KAFKA_PASSWORD?: string | undefined;
}

function kafkaSecurity(config: KafkaSecurity): Pick<KafkaSettings, 'tls' | 'login'> {
  const { KAFKA_SSL_CA: ca, KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key } = config;
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = config;
  return {
    tls: ca === undefined ? undefined : { ca, cert, key },
    login: username === undefined ? undefined : { username, password: password ?? '' },
  };
}

/** As the environment says it (`eventLogSchema` of packages/config). */
export type EventLogConfig =
  | ({ HEDUI_LOG: 'kafka'; KAFKA_BROKERS: readonly string[] } & KafkaSecurity)
  | { HEDUI_LOG: 'postgres'; EVENT_LOG_URL: string };

/** The event log that the configuration names. `clientId` is the service's name, shown by the broker or the database. */
export async function createEventLog(
  config: EventLogConfig,
  { logger, clientId }: { logger: Logger; clientId: string },
): Promise<EventLog> {
  return config.HEDUI_LOG === 'kafka'
    ? createKafkaLog({ brokers: config.KAFKA_BROKERS, clientId, logger, ...kafkaSecurity(config) })
    : createPostgresLog({ url: config.EVENT_LOG_URL, clientId, logger });
}
