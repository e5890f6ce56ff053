import { type DetectionRates, TOPICS } from '@hedui/contracts';
import { createEventLog, type EventLog } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool, type Pool } from '@hedui/postgres';
import { eventually, everyone, type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.js';
import { countedSoFar } from '../src/rates/counted.js';
import { assessment, chunkOf, person, reported, reportMessage } from './builders.js';
import { configOn } from './config.js';

const logger = createLogger('test', 'silent');

describe('rates that are asked for at once', () => {
  let databases: TestDatabase[];
  let log: EventLog;
  let pool: Pool;
  let app: FastifyInstance;
  beforeAll(async () => {
    databases = await Promise.all([testDatabase('log'), testDatabase('reporting')]);
    const [forLog, own] = databases.map(({ url }) => url) as [string, string];
    log = await createEventLog({ HEDUI_LOG: 'postgres', EVENT_LOG_URL: forLog }, { logger, clientId: 'test' });
    pool = createPool({ url: own, name: 'test', max: 2, logger });
    app = await buildApp(configOn(own, forLog), {
      logger,
      tokens: { verify: async () => everyone({ subject: 'a', roles: ['auditor'] }) },
    });
    await app.ready();
  });
  afterAll(async () => {
    await app.close();
    await pool.end();
    await log.close();
    await Promise.all(databases.map((database) => database.drop()));
  });

  const publish = (topic: string, id: string, n: number) =>
    log.publish([
      reportMessage(
        chunkOf(id, '2026-03-01', [
          reported({ applicant: person(n), assessment: assessment({ conclusion: 'meets' }) }),
        ]),
        topic,
      ),
    ]);
  const completed = async (): Promise<number> => {
    const url = '/v1/detection-rates?from=2026-01&to=2026-12';
    const answer = await app.inject({ url, headers: { authorization: 'Bearer a' } });
    return (answer.json() as DetectionRates).total.completed ?? 0;
  };

  it.each([
    ['a batch', TOPICS.reports.name, 100],
    ['single checks', TOPICS.reportsOnline.name, 200],
  ])('hold every report of %s that is on the log by then', async (_what, topic, first) => {
    const before = await completed();
    for (let n = 1; n <= 8; n++) {
      await publish(topic, `c${first + n}`, first + n);
      expect(await completed()).toBe(before + n);
    }
  });

  it('say that they are behind when the ledger does not come, and only then', async () => {
    const url = '/v1/detection-rates?from=2026-01&to=2026-12';
    const ask = async () =>
      (await app.inject({ url, headers: { authorization: 'Bearer a' } })).json() as DetectionRates;
    const holder = await pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE log_position IN EXCLUSIVE MODE');
      await publish(TOPICS.reports.name, 'c300', 300);
      expect(await ask()).toMatchObject({ behind: true });
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    await eventually(async () => (await ask()).behind === undefined);
  });

  it('do not wait for a log that does not answer', async () => {
    const silent = { offsets: () => new Promise<never>(() => undefined) };
    const broken = { offsets: () => Promise.reject(new Error('the log is away')) };
    await expect(countedSoFar({ pool, log: silent }, 50)).resolves.toBe(false);
    await expect(countedSoFar({ pool, log: broken }, 60_000)).resolves.toBe(false);
  });
});
