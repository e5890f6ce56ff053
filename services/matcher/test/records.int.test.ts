import path from 'node:path';
import {
  decodeEvent,
  type LoadMarker,
  PARTITIONS,
  partitionOfPerson,
  RECORD_TYPES,
  recordTopic,
} from '@hedui/contracts';
import { advance, beginPositions, type LogBatch, type LogMessage, type OutgoingMessage } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool, inTransaction, migrate, type Pool } from '@hedui/postgres';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readCoverage } from '../src/db/coverage.js';
import { forgetSlices, readProfiles } from '../src/db/profiles.js';
import { applyRecordBatch, RECORDS_GROUP } from '../src/records/apply.js';
import { factsUnderName } from '../src/requests/person-facts.js';
import { batchOf, day, event, load, markerMessage, nameKey, person, sliceMessage } from './builders.js';

const death = { source: 'civil_affairs', type: 'death' } as const;
const deathTopic = recordTopic(death.source, death.type).name;
const died = (n: number, counter: number, date: string) =>
  sliceMessage({ person: person(n), ...death, counter, records: [[0, day(date)]] });

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase('matcher');
  pool = createPool({ url: database.url, name: 'test', logger: createLogger('test', 'silent'), max: 4 });
  await migrate(pool, path.join(__dirname, '../migrations'));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** A topic as it stands when a matcher with an empty database starts. */
async function startFromNothing(ends: number[] = Array(PARTITIONS).fill(0), topic: string = deathTopic): Promise<void> {
  await pool.query('TRUNCATE profile, coverage, load_progress, announcement, log_position');
  for (const { source, type } of RECORD_TYPES) {
    const name = recordTopic(source, type).name;
    await beginPositions(
      pool,
      RECORDS_GROUP,
      ends.map((end, partition) => ({
        topic: name,
        partition,
        generation: 'g1',
        start: 0n,
        end: name === topic ? BigInt(end) : 0n,
      })),
    );
  }
}
beforeEach(() => startFromNothing());

let refused: string[] = [];
/** As the consumer does it; what it tells. */
async function apply(batch: LogBatch): Promise<OutgoingMessage[]> {
  return await inTransaction(pool, async (client) => {
    const from = await advance(client, RECORDS_GROUP, batch);
    const fresh = batch.messages.filter((message) => message.offset >= from);
    if (fresh.length === 0) return [];
    refused = [];
    const refuse = (message: LogMessage, reason: string) => void refused.push(`${message.offset} ${reason}`);
    return (await applyRecordBatch(client, death, fresh, { batch, refuse })).outgoing;
  });
}

async function deathDates(...persons: number[]): Promise<unknown[]> {
  return await inTransaction(pool, async (client) => {
    const { profiles } = await readProfiles(client, new Set(persons.map(person)));
    return persons.map((n) =>
      factsUnderName(profiles.get(person(n)), nameKey(1), { from: 0, to: 0 }).death.map((fact) => fact.deathDate),
    );
  });
}

const complete = (marker: LoadMarker, from: bigint, partitions = [0, 1, 2, 3, 4, 5, 6, 7]) =>
  partitions.map((partition) => batchOf([markerMessage('load.complete', marker, partition)], from));

describe('profiles', () => {
  it('end at the newest version of each person, however often and in whatever order slices come', async () => {
    const messages = [died(8, 2, '2026-01-02'), died(8, 3, '2026-01-03'), died(8, 1, '2026-01-01')];
    await apply(batchOf(messages, 0n));
    await apply(batchOf(messages, 3n));
    await apply(batchOf([died(8, 2, '2026-01-02'), died(16, 1, '2026-02-01')], 6n));
    expect(await deathDates(8, 16, 24)).toEqual([[day('2026-01-03')], [day('2026-02-01')], []]);
  });

  it('do not change when a batch is delivered again, and a batch that reaches further is applied from the position on', async () => {
    const batch = batchOf([died(8, 1, '2026-01-01')]);
    await apply(batch);
    await apply(batch);
    const further = batchOf([died(8, 1, '2026-01-01'), died(8, 2, '2026-01-02')]);
    await apply(further);
    expect(await deathDates(8)).toEqual([[day('2026-01-02')]]);
  });

  it('are replaced by an empty slice', async () => {
    await apply(batchOf([died(8, 1, '2026-01-01')]));
    await apply(batchOf([sliceMessage({ person: person(8), ...death, counter: 2 })], 1n));
    expect(await deathDates(8)).toEqual([[]]);
  });

  it('take a higher epoch whatever its counter', async () => {
    await apply(batchOf([died(8, 9, '2026-01-01')]));
    const restored = sliceMessage({ person: person(8), ...death, epoch: 2, counter: 1, records: [] });
    await apply(batchOf([restored, died(8, 10, '2026-01-02')], 1n));
    expect(await deathDates(8)).toEqual([[]]);
  });

  it('are forgotten by partition', async () => {
    await apply(batchOf([died(8, 1, '2026-01-01'), died(16, 1, '2026-01-01')]));
    await apply(batchOf([died(1, 1, '2026-01-01')]));
    expect([8, 16, 1].map((n) => partitionOfPerson(person(n)))).toEqual([0, 0, 1]);
    await inTransaction(pool, (client) => forgetSlices(client, 'death', 0));
    expect(await deathDates(8, 16, 1)).toEqual([[], [], [day('2026-01-01')]]);
  });

  it('hold many persons, read in one probe', async () => {
    const messages = Array.from({ length: 1000 }, (_, i) => died((i + 1) * 8, 1, '2026-03-01'));
    await apply(batchOf(messages));
    const all = await deathDates(...Array.from({ length: 1000 }, (_, i) => (i + 1) * 8));
    expect(all.every((dates) => Array.isArray(dates) && dates[0] === day('2026-03-01'))).toBe(true);
  });
});

describe('coverage', () => {
  const first = load({ source: 'civil_affairs', recordType: 'death', seq: 1 });
  const second = load({
    source: 'civil_affairs',
    recordType: 'death',
    seq: 2,
    mode: 'delta',
    firstFullSeq: 1,
    asOf: day('2026-11-12'),
  });

  it('counts a load when its marker has come through every partition, tells so once, and calls it under way until then', async () => {
    await apply(batchOf([markerMessage('load.begin', first, 0)]));
    const begun = await readCoverage(pool, RECORDS_GROUP);
    expect(begun.entries).toEqual([]);
    expect(begun.underWay).toMatchObject([{ source: 'civil_affairs', scope: '520100', kind: 'full' }]);
    const [firstBatch, ...others] = complete(first, 0n);
    await apply({ ...batchOf([markerMessage('load.complete', first, 0)], 1n) });
    const told: OutgoingMessage[] = [];
    for (const batch of others) told.push(...(await apply(batch)));
    for (const batch of others) told.push(...(await apply(batch)));
    expect(firstBatch?.partition).toBe(0);
    expect(told.map((message) => decodeEvent(message.value))).toMatchObject([{ type: 'load.applied', payload: first }]);
    const covered = await readCoverage(pool, RECORDS_GROUP);
    expect(covered).toMatchObject({ entries: [{ scope: '520100', seq: 1, asOf: day('2026-11-10') }], underWay: [] });
  });

  it('tells every load, also when the next of its scope is right behind it in the same batch', async () => {
    const told: OutgoingMessage[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const markers = [first, second].map((marker) => markerMessage('load.complete', marker, partition));
      told.push(...(await apply(batchOf(markers))));
    }
    expect(told.map((message) => decodeEvent(message.value).payload)).toEqual([first, second]);
    expect((await readCoverage(pool, RECORDS_GROUP)).entries).toMatchObject([{ seq: 2, firstFullSeq: 1 }]);
  });

  it('tells a load under the epoch of a restored source when that was right behind the older one', async () => {
    const again = { ...first, epoch: 2 };
    const told: OutgoingMessage[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const markers = [first, again].map((marker) => markerMessage('load.complete', marker, partition));
      told.push(...(await apply(batchOf(markers))));
    }
    expect(told.map((message) => decodeEvent(message.value).payload)).toEqual([again]);
  });

  it('calls a delta behind a full load under way as a delta', async () => {
    for (const batch of complete(first, 0n)) await apply(batch);
    await apply(batchOf([markerMessage('load.begin', second, 3)], 1n));
    const { entries, underWay } = await readCoverage(pool, RECORDS_GROUP);
    expect(entries).toMatchObject([{ seq: 1 }]);
    expect(underWay).toMatchObject([{ scope: '520100', kind: 'delta' }]);
  });

  it('never goes back', async () => {
    for (const batch of complete(second, 0n)) await apply(batch);
    for (const batch of complete(first, 1n)) await apply(batch);
    expect((await readCoverage(pool, RECORDS_GROUP)).entries).toMatchObject([{ seq: 2 }]);
  });

  it('counts after a start from nothing only when every partition was read to the end that it had', async () => {
    // Compaction moved the slice of person 8 behind the marker of its own load.
    await startFromNothing([2, 1, 1, 1, 1, 1, 1, 1]);
    const told: OutgoingMessage[] = [];
    for (const batch of complete(first, 0n)) told.push(...(await apply(batch)));
    expect(told).toEqual([]);
    const behind = await readCoverage(pool, RECORDS_GROUP);
    expect(behind.entries).toEqual([]);
    expect(behind.underWay).toMatchObject([{ source: 'civil_affairs', scope: '', kind: 'rebuild' }]);
    told.push(...(await apply(batchOf([died(8, 1, '2026-01-01')], 1n))));
    expect(told.map((message) => decodeEvent(message.value).payload)).toEqual([first]);
    expect(await readCoverage(pool, RECORDS_GROUP)).toMatchObject({ entries: [{ seq: 1 }], underWay: [] });
  });

  it('is told once when the last partitions get there at the same time', async () => {
    const batches = complete(first, 0n);
    const told = (await Promise.all(batches.map(apply))).flat();
    expect(told).toHaveLength(1);
  });
});

describe('poison', () => {
  it('is refused with its reason, and the rest is applied', async () => {
    const poison = { ...died(8, 1, '2026-01-01'), value: event('record.slice', 'x', ['civil_affairs']) };
    await apply(batchOf([poison, died(16, 1, '2026-01-01')]));
    expect(refused).toEqual(['0 BAD_PAYLOAD: slice']);
    expect(await deathDates(16)).toEqual([[day('2026-01-01')]]);
  });
});
