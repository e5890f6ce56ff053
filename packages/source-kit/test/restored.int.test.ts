import { decodeEvent, readSlicePayload, recordTopic, type ServiceHealth } from '@hedui/contracts';
import { createEventLog, type EventLog } from '@hedui/event-log';
import { createPool } from '@hedui/postgres';
import { eventually, type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { logger, pseudonyms, type SourceUnderTest, startSourceOn } from './support/source.js';

const topic = recordTopic('social_insurance', 'pension').name;
const keyOf = (n: number) => pseudonyms.person({ type: 'resident_id', number: person(n).id });
const file = (...people: number[]) => csv(PENSION, ...people.map((n) => pension(`R${n}`, person(n))));

describe('a source whose database was restored from a copy of an hour ago', () => {
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

  const start = (database?: TestDatabase) => startSourceOn(socialInsurance, log, {}, database);
  const stop = async (source: SourceUnderTest<EventLog>) => {
    await source.app.close();
    await source.pool.end();
  };
  async function copyOf(database: TestDatabase): Promise<TestDatabase> {
    const copy = await testDatabase('copy');
    const server = createPool({ url: new URL('/postgres', database.url).href, name: 'copy', logger });
    await server.query(`DROP DATABASE ${copy.name}`);
    await server.query(`CREATE DATABASE ${copy.name} TEMPLATE ${database.name}`);
    await server.end();
    databases.push(database, copy);
    return copy;
  }
  /** The newest slice of each person on the topic: epoch and how many records. */
  async function newest(): Promise<Map<string, [number, number]>> {
    const found = new Map<string, [number, number]>();
    const ends = new Map((await log.offsets(topic)).map(({ partition, end }) => [partition, end]));
    const consumer = await log.consume({
      group: `look-${Math.random()}`,
      topics: [topic],
      positions: async () => [],
      async handler({ partition, next, messages }) {
        for (const { key, value } of messages) {
          if (key.length !== 16) continue;
          const slice = readSlicePayload(decodeEvent(value).payload);
          found.set(key.toString('hex'), [slice.epoch, slice.records.length]);
        }
        if (next >= (ends.get(partition) ?? 0n)) ends.delete(partition);
      },
    });
    await eventually(() => ends.size === 0, { what: 'the end of the topic' });
    await consumer.close();
    return found;
  }
  const lost = async (source: SourceUnderTest<EventLog>) => {
    const health = (await source.get('/v1/doctor/service')).json as ServiceHealth;
    return health.checks.find(({ check }) => check === 'LOST');
  };

  it('notices it, sends everything again as newer, takes back what only the log has, and names the lost loads', async () => {
    const first = await start();
    await first.load('pension', file(1, 2), { mode: 'full' });
    await first.allSent();
    await stop(first);
    const copy = await copyOf(first.database);

    const second = await start(first.database);
    await second.load('pension', file(2, 3), { mode: 'full', confirmWithdrawals: true });
    await second.allSent();
    await stop(second);
    expect(await newest()).toEqual(
      new Map([
        [keyOf(1), [1, 0]],
        [keyOf(2), [1, 1]],
        [keyOf(3), [1, 1]],
      ]),
    );

    const restored = await start(copy);
    const wanted = new Map([
      [keyOf(1), [2, 1]],
      [keyOf(2), [2, 1]],
      [keyOf(3), [2, 0]],
    ]);
    await eventually(
      async () => {
        const now = await newest();
        return [...wanted].every(([who, what]) => now.get(who)?.join() === what.join()) || null;
      },
      { within: 20_000, what: 'the topic says what the copy says' },
    );
    expect(await lost(restored)).toMatchObject({
      state: 'warning',
      seen: { en: expect.stringContaining('pension 520100') },
    });
    await restored.load('pension', file(2, 3), { mode: 'full', confirmWithdrawals: true });
    await restored.allSent();
    expect(await lost(restored)).toMatchObject({ state: 'ok' });
    const after = await newest();
    expect([after.get(keyOf(1)), after.get(keyOf(3))]).toEqual([
      [2, 0],
      [2, 1],
    ]);
    await stop(restored);
  }, 60_000);

  it('takes nobody back of a scope that it lost altogether before that is loaded again', async () => {
    const empty = await testDatabase('empty');
    databases.push(empty);
    const source = await start(empty);
    await eventually(async () => (await lost(source))?.state === 'warning', { what: 'the loss is noticed' });
    const before = await newest();
    expect(before.get(keyOf(2))?.[1]).toBe(1);
    await source.load('pension', file(4), { mode: 'full' });
    await eventually(
      async () => {
        const now = await newest();
        return now.get(keyOf(4))?.[1] === 1 && now.get(keyOf(2))?.[1] === 0 && now.get(keyOf(3))?.[1] === 0;
      },
      { within: 20_000, what: 'what is not in the file is taken back' },
    );
    await stop(source);
  }, 60_000);
});
