import { createLogger } from '@hedui/logging';
import { createPool } from '@hedui/postgres';
import { testDatabase } from '@hedui/testing';
import { createPostgresLog } from '../src/postgres/log.js';
import { conformance } from './conformance.js';
import { openLine } from './cut.js';

const logger = createLogger('event-log-test', process.env.LOG_LEVEL ?? 'fatal');

conformance('postgres', async () => {
  const database = await testDatabase('event_log');
  const admin = createPool({ url: database.url, name: 'test', logger });
  const open = (url = database.url, processMark?: string) =>
    createPostgresLog({
      url,
      clientId: 'event-log-test',
      logger,
      ...(processMark === undefined ? {} : { processMark }),
    });
  return {
    open: () => open(),
    async openOver(processMark) {
      const url = new URL(database.url);
      const line = await openLine(url.hostname, Number(url.port));
      url.hostname = '127.0.0.1';
      url.port = String(line.port);
      return { log: await open(url.toString(), processMark), line };
    },
    async deleteTopic(name) {
      await admin.query('DELETE FROM log_topic WHERE name = $1', [name]);
    },
    async close() {
      await admin.end();
      await database.drop();
    },
  };
});
