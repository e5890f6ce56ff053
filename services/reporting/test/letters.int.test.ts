import {
  type CorrelationId,
  type DeadLetterView,
  decodeEvent,
  encodeEvent,
  type LetterTold,
  readLetterTold,
  SCHEMA_VERSION,
  TOPICS,
} from '@hedui/contracts';
import { createEventLog, type EventLog } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { eventually, everyone, type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.js';
import { assessment, chunkOf, person, reportEvent, reported } from './builders.js';
import { configOn } from './config.js';

const logger = createLogger('test', 'silent');
let database: TestDatabase;
let logDatabase: TestDatabase;
let log: EventLog;
let app: FastifyInstance;
const told: LetterTold[] = [];

beforeAll(async () => {
  database = await testDatabase('reporting');
  logDatabase = await testDatabase('log');
  const settings = { HEDUI_LOG: 'postgres', EVENT_LOG_URL: logDatabase.url } as const;
  log = await createEventLog(settings, { logger, clientId: 'test' });
  app = await buildApp(configOn(database.url, logDatabase.url), {
    logger,
    tokens: { verify: async (role) => everyone({ subject: role, roles: [role as 'administrator'] }) },
  });
  await app.ready();
  await log.consume({
    group: 'test',
    topics: [TOPICS.mending.name],
    positions: async () => [],
    handler: async ({ messages }) => {
      for (const { value } of messages) told.push(readLetterTold(decodeEvent(value).payload));
    },
  });
});
afterAll(async () => {
  await app.close();
  await log.close();
  await database.drop();
  await logDatabase.drop();
});

const ask = async (method: 'GET' | 'POST', url: string, payload?: object, role = 'administrator') => {
  const headers = { authorization: `Bearer ${role}` };
  return await app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
};
async function letterOf(reason: RegExp): Promise<DeadLetterView> {
  return await eventually(async () => {
    const page = (await ask('GET', '/v1/dead-letters?state=open')).json() as { items: DeadLetterView[] };
    return page.items.find((letter) => reason.test(letter.reason));
  });
}
const send = (over: {
  topic: string;
  reason: string;
  key?: Buffer;
  value?: Buffer;
  part?: string;
  consumer?: string;
}) => {
  const { value = Buffer.from('x'), consumer = 'matcher.requests', ...rest } = over;
  return log.publish([
    {
      topic: TOPICS.deadLetter.name,
      partition: 0,
      key: Buffer.from(rest.topic),
      value: encodeEvent({
        id: `${consumer}/${rest.topic}/${rest.reason}`,
        type: 'dead.letter',
        schemaVersion: SCHEMA_VERSION,
        producedBy: 'matcher',
        occurredAt: Date.parse('2026-11-23T01:00:00Z'),
        correlationId: 'c-1' as CorrelationId,
        payload: { partition: 0, offset: '7', consumer, value, ...rest },
      }),
    },
  ]);
};
const toldOf = (id: string, state: LetterTold['state']) =>
  eventually(() => told.find((one) => one.letterId === id && one.state === state), { what: `${id} ${state}` });

describe('dead letters', () => {
  it('are kept with where they come from and why, and the home of a chunk hears of it', async () => {
    await send({ topic: TOPICS.requests.name, reason: 'POLICY_UNKNOWN', key: Buffer.from('chunk-1') });
    const letter = await letterOf(/^POLICY_UNKNOWN$/);
    expect(letter).toMatchObject({
      topic: TOPICS.requests.name,
      offset: '7',
      consumer: 'matcher.requests',
      about: { kind: 'chunk', chunkId: 'chunk-1', place: null },
      state: 'open',
      times: 1,
      size: 1,
    });
    expect(await toldOf(letter.id, 'open')).toMatchObject({ about: letter.about, reason: 'POLICY_UNKNOWN' });
    expect((await ask('GET', `/v1/dead-letters/${letter.id}`)).json()).toEqual(letter);
    expect((await ask('GET', '/v1/dead-letters/D-none')).statusCode).toBe(404);
  });

  it('are mended by their origin, and are open again when they come again', async () => {
    const key = Buffer.from('0f'.repeat(16), 'hex');
    const slice = { topic: 'hedui.source.tax.income', reason: 'BAD_PAYLOAD', key, consumer: 'matcher.records' };
    await send(slice);
    const letter = await letterOf(/^BAD_PAYLOAD$/);
    expect(letter.about).toEqual({ kind: 'slice', source: 'tax', recordType: 'income', person: key.toString('hex') });
    const mended = (await ask('POST', `/v1/dead-letters/${letter.id}/mend`)).json();
    expect(mended).toMatchObject({ state: 'mended', decidedBy: 'administrator' });
    await toldOf(letter.id, 'again');
    await send(slice);
    expect(await letterOf(/^BAD_PAYLOAD$/)).toMatchObject({ id: letter.id, times: 2, decidedBy: null });
  });

  it('are discarded once, with a reason, and stay so', async () => {
    const junk = { topic: TOPICS.requests.name, reason: 'NOT_MESSAGEPACK', key: Buffer.from('chunk-2'), part: '3' };
    await send(junk);
    const letter = await letterOf(/^NOT_MESSAGEPACK$/);
    const url = `/v1/dead-letters/${letter.id}/discard`;
    expect((await ask('POST', url, { reason: 'because' })).statusCode).toBe(400);
    const discard = { reason: 'cannot_be_processed', reference: 'T-1' };
    expect((await ask('POST', url, discard)).json()).toMatchObject({ state: 'discarded', decision: discard });
    expect((await ask('POST', url, { reason: 'test' })).json()).toMatchObject({ decision: discard });
    expect(await toldOf(letter.id, 'discarded')).toMatchObject({ about: { chunkId: 'chunk-2', place: 3 } });
    expect((await ask('POST', `/v1/dead-letters/${letter.id}/mend`)).statusCode).toBe(409);
    const audit = (await ask('GET', '/v1/audit?action=dead_letter', undefined, 'auditor')).json();
    expect(audit.items.map((item: { record: { entry: { action: string } } }) => item.record.entry.action)).toEqual([
      'dead_letter.mended',
      'dead_letter.discarded',
    ]);
  });

  it('of the ledger are processed again from their own bytes', async () => {
    const chunk = chunkOf(
      'again-1',
      '2026-03-01',
      [reported({ applicant: person(1), assessment: assessment({ conclusion: 'meets' }) })],
      'batch-9',
    );
    const consumer = 'reporting.ledger';
    const { name: topic } = TOPICS.reports;
    await send({ topic, consumer, reason: 'WAS_UNKNOWN', value: reportEvent(chunk), key: Buffer.from('again-1') });
    await send({ topic, consumer, reason: 'STILL_BAD', value: Buffer.from('junk'), key: Buffer.from('again-2') });
    const letter = await letterOf(/^WAS_UNKNOWN$/);
    expect((await ask('POST', `/v1/dead-letters/${letter.id}/replay`)).json()).toMatchObject({ state: 'replayed' });
    const rates = (await ask('GET', '/v1/detection-rates?from=2026-01&to=2026-12', undefined, 'auditor')).json();
    expect(rates.total.completed).toBe(1);
    const bad = await letterOf(/^STILL_BAD$/);
    const refused = await ask('POST', `/v1/dead-letters/${bad.id}/replay`);
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'STATE_CONFLICT']);
  });

  it('that are none themselves are kept too, and nothing goes in a circle', async () => {
    await log.publish([
      { topic: TOPICS.deadLetter.name, partition: 0, key: Buffer.from('k'), value: Buffer.from('no letter') },
    ]);
    const letter = await letterOf(/^NOT_AN_ENVELOPE|^NOT_MESSAGEPACK/);
    expect(letter).toMatchObject({ topic: TOPICS.deadLetter.name, mendable: false, replayable: false });
    expect((await ask('POST', `/v1/dead-letters/${letter.id}/mend`)).statusCode).toBe(409);
  });

  it('are looked at by operators, and decided on by administrators only', async () => {
    expect((await ask('GET', '/v1/dead-letters', undefined, 'operator')).statusCode).toBe(200);
    expect((await ask('POST', '/v1/dead-letters/D-1/mend', undefined, 'operator')).statusCode).toBe(403);
    expect((await ask('GET', '/v1/dead-letters', undefined, 'auditor')).statusCode).toBe(403);
  });
});
