import type { DetectionRates, ReportChunk } from '@hedui/contracts';
import { createEventLog, type EventLog } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool } from '@hedui/postgres';
import { eventually, everyone, type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.js';
import { assessment, chunkOf, person, reported, reportMessage } from './builders.js';
import { configOn } from './config.js';

const logger = createLogger('test', 'silent');

describe('a ledger that is lost', () => {
  let logDatabase: TestDatabase;
  let log: EventLog;
  const databases: TestDatabase[] = [];
  beforeAll(async () => {
    logDatabase = await testDatabase('log');
    log = await createEventLog({ HEDUI_LOG: 'postgres', EVENT_LOG_URL: logDatabase.url }, { logger, clientId: 'test' });
  });
  afterAll(async () => {
    await log.close();
    await logDatabase.drop();
    await Promise.all(databases.map((database) => database.drop()));
  });

  const database = async () => {
    const made = await testDatabase('reporting');
    databases.push(made);
    return made;
  };
  const start = (on: TestDatabase) =>
    buildApp(configOn(on.url, logDatabase.url), {
      logger,
      tokens: { verify: async () => everyone({ subject: 'a', roles: ['auditor'] }) },
    });
  const rates = async (app: FastifyInstance): Promise<DetectionRates> => {
    const url = '/v1/detection-rates?from=2026-01&to=2026-12&groupBy=programme,month';
    const answer = await app.inject({ url, headers: { authorization: 'Bearer a' } });
    return { ...(answer.json() as DetectionRates), knownOn: '' };
  };
  const counting = (app: FastifyInstance, households: number) =>
    eventually(
      async () => {
        const now = await rates(app);
        return now.total.completed === households ? now : null;
      },
      { what: `${households} households are counted` },
    );
  const send = (...chunks: ReportChunk[]) => log.publish(chunks.map((chunk) => reportMessage(chunk)));
  const chunk = (id: string, ...people: number[]) =>
    chunkOf(
      id,
      '2026-03-01',
      people.map((n) =>
        reported({
          applicant: person(n),
          assessment: assessment({ conclusion: n % 2 === 0 ? 'meets' : 'does_not_meet' }),
        }),
      ),
      'batch-1',
    );

  it('says the same when it was built again from the reports, and when an older copy of it has gone on', async () => {
    const first = await database();
    let app = await start(first);
    await app.ready();
    await send(chunk('c1', 1, 2), chunk('c2', 3));
    await counting(app, 3);
    await app.close();

    const older = await database();
    const server = createPool({ url: new URL('/postgres', first.url).href, name: 'copy', logger });
    await server.query(`DROP DATABASE ${older.name}`);
    await server.query(`CREATE DATABASE ${older.name} TEMPLATE ${first.name}`);
    await server.end();

    app = await start(first);
    await app.ready();
    await send(chunk('c3', 4, 5), chunk('c1', 1, 2));
    const wanted = await counting(app, 5);
    await app.close();

    for (const on of [older, await database()]) {
      const again = await start(on);
      await again.ready();
      expect(await counting(again, 5)).toEqual(wanted);
      await again.close();
    }
  }, 60_000);
});
