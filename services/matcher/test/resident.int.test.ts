import path from 'node:path';
import { type PersonKey, partitionOfPerson, recordTopic } from '@hedui/contracts';
import { advance, resetPosition } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { type Client, createPool, inTransaction, migrate, type Pool } from '@hedui/postgres';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bumpCoverageVersion } from '../src/db/coverage.js';
import { forgetMoved, forgetSlices, putSlices, readMoment } from '../src/db/profiles.js';
import { residentProfiles } from '../src/profiles/reader.js';
import { createResidentTable, type ResidentTable } from '../src/profiles/resident-table.js';
import { RECORDS_GROUP } from '../src/records/apply.js';
import { person } from './builders.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase('matcher_resident');
  pool = createPool({ url: database.url, name: 'test', logger: createLogger('test', 'silent'), max: 4 });
  await migrate(pool, path.join(__dirname, '../migrations'));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const table = () => createResidentTable(4 * 1024 * 1024);
const topic = recordTopic('civil_affairs', 'death').name;
const ends = new Map<number, bigint>();
/** Changes profiles of a partition as the consumer does: in the transaction that moves its position. */
async function change(partition: number, work: (client: Client) => Promise<unknown>): Promise<void> {
  const from = ends.get(partition) ?? 0n;
  ends.set(partition, from + 1n);
  await inTransaction(pool, async (client) => {
    await advance(client, RECORDS_GROUP, { topic, partition, generation: 'g', from, next: from + 1n, messages: [] });
    await work(client);
  });
}
function put(who: number, counter: number, text: string): Promise<void> {
  const facts = Buffer.from([0xa0 + text.length, ...Buffer.from(text)]);
  return change(partitionOfPerson(person(who)), (client) =>
    putSlices(client, 'death', [{ person: person(who), epoch: 1, counter, facts }]),
  );
}

/** Counts who was not in memory. */
function watched(of: ResidentTable): ResidentTable & { asked: number[] } {
  const asked: number[] = [];
  const take: ResidentTable['take'] = (persons, states) => {
    const taken = of.take(persons, states);
    asked.push(taken.missing.size);
    return taken;
  };
  return { ...of, take, asked };
}

async function facts(read: ReturnType<typeof residentProfiles>, ...who: number[]): Promise<(string | null)[]> {
  const { profiles } = await read(new Set(who.map(person)));
  return who.map(
    (n) =>
      profiles
        .get(person(n))
        ?.toString('latin1')
        .replace(/[^a-z]/g, '') ?? null,
  );
}

describe('profiles in memory', () => {
  it('are read once, and again for everybody of a partition when one of it has changed', async () => {
    await put(8, 1, 'first');
    await put(9, 1, 'other');
    const memory = watched(table());
    const read = residentProfiles(pool, memory);
    expect(await facts(read, 8, 9, 16)).toEqual(['first', 'other', null]);
    expect(await facts(read, 8, 9, 16)).toEqual(['first', 'other', null]);
    await put(16, 1, 'new');
    expect([8, 9, 16].map((n) => partitionOfPerson(person(n)))).toEqual([0, 1, 0]);
    expect(await facts(read, 8, 9, 16)).toEqual(['first', 'other', 'new']);
    expect(memory.asked).toEqual([3, 0, 2]);
  });

  it('are not believed after a partition was forgotten or a person has moved to another key', async () => {
    await put(24, 1, 'there');
    await put(25, 1, 'moves');
    const read = residentProfiles(pool, table());
    expect(await facts(read, 24, 25)).toEqual(['there', 'moves']);
    await change(0, (client) => forgetSlices(client, 'death', 0));
    await change(1, (client) => forgetMoved(client, 'death', [person(25)]));
    expect((await facts(read, 24, 25))[1]).toBeNull();
    expect((await facts(read, 24))[0]).not.toBe('there');
  });

  it('are not believed when a partition was read again from its start and is where it was before', async () => {
    await put(32, 1, 'lost');
    const read = residentProfiles(pool, table());
    expect(await facts(read, 32)).toEqual(['lost']);
    const next = ends.get(0) ?? 0n;
    const now = { topic, partition: 0, generation: 'g', start: 0n, end: next };
    await inTransaction(pool, async (client) => {
      await resetPosition(client, RECORDS_GROUP, { topic, partition: 0, generation: 'g', next }, now);
      await forgetSlices(client, 'death', 0);
      await bumpCoverageVersion(client);
      // What had been there is no longer in the log: nothing is applied on the way to the same place.
      await advance(client, RECORDS_GROUP, { topic, partition: 0, generation: 'g', from: 0n, next, messages: [] });
    });
    expect(await facts(read, 32)).not.toEqual(['lost']);
  });

  it('and those read beside are of one moment: a change in between has all read anew', async () => {
    await put(40, 1, 'before');
    await put(41, 1, 'before');
    const inner = table();
    let between: (() => Promise<void>) | null = null;
    // The pool's second statement is the one that reads who is missing: right before it the world moves on.
    const moving = new Proxy(pool, {
      get(target, property) {
        if (property !== 'query') return Reflect.get(target, property, target);
        return async (...args: Parameters<Pool['query']>) => {
          if (args.length > 1 && between !== null) {
            const move = between;
            between = null;
            await move();
          }
          return await target.query(...args);
        };
      },
    });
    const read = residentProfiles(moving, inner);
    expect(await facts(read, 40)).toEqual(['before']);
    between = async () => {
      await put(40, 2, 'after');
      await put(41, 2, 'after');
      await bumpCoverageVersion(pool);
    };
    const persons = new Set<PersonKey>([person(40), person(41)]);
    const { profiles, coverageVersion } = await read(persons);
    expect([40, 41].map((n) => profiles.get(person(n))?.includes('after'))).toEqual([true, true]);
    expect(coverageVersion).toBe((await readMoment(pool, RECORDS_GROUP)).coverageVersion);
  });
});
