import {
  followPayload,
  type PersonKey,
  partitionOfId,
  pseudonymsMessage,
  type ReportChunk,
  type RotationStep,
  ratesSchema,
  TOPICS,
} from '@hedui/contracts';
import { createEventLog, type EventLog } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool, type Pool } from '@hedui/postgres';
import { eventually, everyone, type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.js';
import { assessment, chunkOf, person, reported, reportMessage } from './builders.js';

const logger = createLogger('test', 'silent');
let database: TestDatabase;
let logDatabase: TestDatabase;
let log: EventLog;
let pool: Pool;
let app: FastifyInstance;

beforeAll(async () => {
  [database, logDatabase] = await Promise.all([testDatabase('reporting'), testDatabase('log')]);
  const settings = { HEDUI_LOG: 'postgres', EVENT_LOG_URL: logDatabase.url } as const;
  log = await createEventLog(settings, { logger, clientId: 'test' });
  pool = createPool({ url: database.url, name: 'test', logger });
  app = await buildApp(
    {
      HEDUI_SERVICE: 'reporting',
      HEDUI_HOST: '127.0.0.1',
      HEDUI_PORT: 0,
      LOG_LEVEL: 'silent',
      HEDUI_TOKEN_JWKS: 'none',
      HEDUI_TLS_CLIENTS: 'any',
      DATABASE_URL: database.url,
      DATABASE_POOL: 10,
      DATABASE_ANSWER_SECONDS: 130,
      ...settings,
    },
    { logger, tokens: { verify: async () => everyone({ subject: 'a', roles: ['auditor'] }) } },
  );
});
afterAll(async () => {
  await app.close();
  await Promise.all([log.close(), pool.end()]);
  await Promise.all([database.drop(), logDatabase.drop()]);
});

const send = (chunk: ReportChunk) => log.publish([reportMessage(chunk)]);
const household = (applicant: PersonKey) => reported({ applicant, assessment: assessment({ conclusion: 'meets' }) });
const hex = (key: PersonKey) => Buffer.from(key, 'hex');
const follow = (from: string, to: string, pairs: readonly (readonly [PersonKey, PersonKey])[]) =>
  log.publish([
    pseudonymsMessage(
      'verification',
      'pseudonyms.follow',
      `follow:${to}`,
      followPayload(
        from,
        to,
        pairs.map(([old, now]) => ({ old: hex(old), new: hex(now) })),
      ),
    ),
  ]);
const step = (told: RotationStep) =>
  log.publish([pseudonymsMessage('verification', 'pseudonyms.step', `step:${told.to}:${told.step}`, told)]);
async function completed(): Promise<number> {
  const response = await app.inject({
    url: '/v1/detection-rates?from=2026-01&to=2026-12',
    headers: { authorization: 'Bearer a' },
  });
  return ratesSchema.parse(response.json()).total.completed ?? -1;
}
const rows = async (sql: string) => Number((await pool.query<{ n: string }>(sql)).rows[0]?.n);

describe('a rotation of the pseudonym key', () => {
  it('leaves every household one household, at every moment and over several rotations', async () => {
    await send(chunkOf('c1', '2026-03-01', [household(person(1)), household(person(2))], 'batch-1'));
    await eventually(async () => (await completed()) === 2);
    await follow('1', '2', [
      [person(1), person(101)],
      [person(2), person(102)],
    ]);
    await eventually(async () => (await rows('SELECT count(*) AS n FROM follow')) === 2, {
      what: 'the pairs are known',
    });
    await send(chunkOf('c2', '2026-04-01', [household(person(101)), household(person(103))], 'batch-2'));
    await send(chunkOf('c3', '2026-04-02', [household(person(2))], 'batch-1'));
    await eventually(async () => (await rows('SELECT count(*) AS n FROM ledger')) === 5);
    expect(await completed()).toBe(3);

    // The next one begins before the ledger has its keys: both are followed.
    await follow(
      '2',
      '3',
      [101, 102, 103].map((n) => [person(n), person(n + 100)] as const),
    );
    await eventually(async () => (await rows('SELECT count(*) AS n FROM follow')) === 5);
    await send(chunkOf('c4', '2026-05-01', [household(person(202))], 'batch-3'));
    await eventually(async () => (await rows('SELECT count(*) AS n FROM ledger')) === 6);
    expect(await completed()).toBe(3);

    const reports = (await log.offsets(TOPICS.reports.name)).map(({ topic, partition, generation, end }) => ({
      topic,
      partition,
      generation,
      next: String(end),
    }));
    await step({ from: '1', to: '2', step: 'drained', reports });
    await step({ from: '2', to: '3', step: 'drained', reports });
    await eventually(async () => (await rows('SELECT count(*) AS n FROM key_rotation WHERE done')) === 2);
    expect(await completed()).toBe(3);
    expect(await rows('SELECT count(*) AS n FROM follow')).toBe(0);
    const { rows: keys } = await pool.query<{ key: Buffer }>(
      'SELECT DISTINCT applicant_key AS key FROM ledger ORDER BY 1',
    );
    expect(keys.map(({ key }) => key.toString('hex'))).toEqual([201, 202, 203].map(person));
  });

  it('waits until the reports under the old version have been read', async () => {
    const [first] = await log.offsets(TOPICS.reports.name);
    if (!first) throw new Error('the topic has partitions');
    const { topic, partition, generation, end } = first;
    const reports = [{ topic, partition, generation, next: String(end + 1n) }];
    await step({ from: '3', to: '4', step: 'drained', reports });
    await eventually(async () => (await rows("SELECT count(*) AS n FROM key_rotation WHERE to_version = '4'")) === 1);
    expect(await rows("SELECT count(*) AS n FROM key_rotation WHERE to_version = '4' AND done")).toBe(0);
    const id = Array.from({ length: 100 }, (_, n) => `d${n}`).find((one) => partitionOfId(one) === partition) ?? '';
    await send(chunkOf(id, '2026-06-01', [household(person(300))]));
    await eventually(
      async () => (await rows("SELECT count(*) AS n FROM key_rotation WHERE to_version = '4' AND done")) === 1,
      { within: 15_000, what: 'the rotation is done' },
    );
  });
});
