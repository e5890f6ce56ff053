import { createLogger } from '@hedui/logging';
import { createPool, type Pool } from '@hedui/postgres';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { OUTBOX_SQL, POSITIONS_SQL } from '../src/index.js';
import { createPostgresLog, type PostgresLog } from '../src/postgres/log.js';

export const logger = createLogger('event-log-test', process.env.LOG_LEVEL ?? 'fatal');

/** A service's database and an event log, each in a database of its own. */
export interface ServiceWithLog {
  pool: Pool;
  log: PostgresLog;
  close(): Promise<void>;
}

export async function serviceWithLog(): Promise<ServiceWithLog> {
  const databases: TestDatabase[] = [await testDatabase('service'), await testDatabase('event_log')];
  const [own, logged] = databases;
  const pool = createPool({ url: own?.url ?? '', name: 'test', logger });
  await pool.query(`${POSITIONS_SQL}; ${OUTBOX_SQL}; CREATE TABLE effect (id serial PRIMARY KEY, said text NOT NULL)`);
  const log = await createPostgresLog({ url: logged?.url ?? '', clientId: 'test', logger });
  return {
    pool,
    log,
    async close() {
      await log.close();
      await pool.end();
      await Promise.all(databases.map((database) => database.drop()));
    },
  };
}

export async function effects(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ said: string }>('SELECT said FROM effect ORDER BY id');
  return rows.map((row) => row.said);
}
