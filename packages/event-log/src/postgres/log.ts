import { fileURLToPath } from 'node:url';
import type { Logger } from '@hedui/logging';
import { createPool, migrate } from '@hedui/postgres';
import type { ConsumeOptions, EventLog } from '../port.js';
import { processMark } from '../process-mark.js';
import { PostgresConsumer } from './consumer.js';
import { CHANNEL, publish } from './messages.js';
import { listen } from './notifications.js';
import { ensureTopics, findTopics, readOffsets } from './topics.js';
import { tidy } from './upkeep.js';

/** The same folder from `src/` and from `dist/`. */
const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
/** Keeps these migrations apart from those of a service in the same database. */
const LEDGER = 'event_log_migration';
const ANSWERS = {
  data: { statementTimeout: 30_000, answerTimeout: 35_000 },
  control: { statementTimeout: 3_000, answerTimeout: 4_000 },
} as const;
const UPKEEP_MS = 60_000;

export interface PostgresLogSettings {
  url: string;
  clientId: string;
  logger: Logger;
  /** Connections for data (default 6); three more keep the groups. */
  poolSize?: number;
  /** What members say of their process instead of `processMark()`: for tests of one that is gone. */
  processMark?: string;
}

export interface PostgresLog extends EventLog {
  /** Compacts and expires now what else would be done within a minute or so. */
  tidy(): Promise<void>;
}

/** The event log in tables of a PostgreSQL database; its tables are made here. */
export async function createPostgresLog(settings: PostgresLogSettings): Promise<PostgresLog> {
  const { logger } = settings;
  const { url, clientId: name } = settings;
  const mark = settings.processMark ?? processMark();
  const pool = createPool({ url, name, max: settings.poolSize ?? 6, logger, ...ANSWERS.data });
  // Of its own, so that a lease never waits behind data, and impatient, so that a member knows in time that it is cut off.
  const control = createPool({ url, name: `${name} group`, max: 3, logger, ...ANSWERS.control });
  try {
    await migrate(pool, MIGRATIONS, LEDGER);
  } catch (error) {
    await Promise.all([pool.end(), control.end()]);
    throw error;
  }
  const notifications = listen(control, CHANNEL, logger);
  const consumers = new Set<PostgresConsumer>();
  let tidying: Promise<void> = Promise.resolve();
  const upkeep = setInterval(() => {
    tidying = tidying
      .then(() => tidy(pool))
      .catch((error: unknown) => logger.info({ err: error }, 'the log was not tidied; later again'));
  }, UPKEEP_MS);
  upkeep.unref();
  return {
    kind: 'postgres',
    ensureTopics: (specs) => ensureTopics(pool, specs),
    publish: (messages) => publish(pool, messages),
    async consume(options: ConsumeOptions) {
      await findTopics(pool, options.topics);
      const consumer = new PostgresConsumer(pool, control, notifications, logger, mark, options);
      consumers.add(consumer);
      return consumer;
    },
    offsets: (topic) => readOffsets(pool, topic),
    ping: () =>
      control.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    tidy: () => tidy(pool, true),
    async close() {
      clearInterval(upkeep);
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      await notifications.close();
      await tidying;
      await Promise.all([pool.end(), control.end()]);
    },
  };
}
