import type { EventLogConfig } from '@hedui/event-log';
import { testDatabase, testKafka } from '@hedui/testing';

/** Both logs do the same; PostgreSQL is always there. */
export const LOGS: {
  name: string;
  parts: ('postgres' | 'kafka')[];
  config(): Promise<EventLogConfig & { drop?(): Promise<void> }>;
}[] = [
  {
    name: 'on the PostgreSQL log',
    parts: ['postgres'],
    async config() {
      const { url, drop } = await testDatabase('log');
      return { HEDUI_LOG: 'postgres', EVENT_LOG_URL: url, drop };
    },
  },
  {
    name: 'on Kafka',
    parts: ['postgres', 'kafka'],
    config: async () => ({ HEDUI_LOG: 'kafka', KAFKA_BROKERS: (await testKafka()).brokers }),
  },
];
