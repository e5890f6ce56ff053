import { createPool, type Pool } from '@hedui/postgres';
import { eventually, type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPostgresLog, type PostgresLog } from '../src/postgres/log.js';
import { specOf } from './conformance.js';
import { Store } from './store.js';
import { logger } from './transaction.js';

describe('upkeep of the log in tables', () => {
  let database: TestDatabase;
  let log: PostgresLog;
  let pool: Pool;
  beforeAll(async () => {
    database = await testDatabase('event_log');
    log = await createPostgresLog({ url: database.url, clientId: 'test', logger });
    pool = createPool({ url: database.url, name: 'test', logger });
  }, 60_000);
  afterAll(async () => {
    await log.close();
    await pool.end();
    await database.drop();
  });

  const publish = (topic: string, values: readonly (readonly [string, string])[]) =>
    log.publish(
      values.map(([key, value]) => ({ topic, partition: 0, key: Buffer.from(key), value: Buffer.from(value) })),
    );
  const read = async (topic: string, count: number): Promise<Store> => {
    const store = new Store();
    const consumer = await log.consume(store.options(topic, [topic]));
    await eventually(() => store.all().length >= count, { what: `${count} messages` });
    await consumer.close();
    return store;
  };

  it('keeps the newest value of each key, at its offset', async () => {
    const spec = specOf({ partitions: 1, compacted: true, retentionMs: -1 });
    await log.ensureTopics([spec]);
    await publish(spec.name, [
      ['a', 'a1'],
      ['b', 'b1'],
      ['a', 'a2'],
    ]);
    await log.tidy();
    await publish(spec.name, [
      ['c', 'c1'],
      ['b', 'b2'],
      ['c', 'c2'],
    ]);
    await log.tidy();
    await log.tidy();
    const store = await read(spec.name, 3);
    expect(store.batches.flatMap((batch) => batch.messages).map((m) => [m.offset, m.value.toString()])).toEqual([
      [2n, 'a2'],
      [4n, 'b2'],
      [5n, 'c2'],
    ]);
    expect(store.batches[0]).toMatchObject({ from: 0n });
    expect((await log.offsets(spec.name))[0]).toMatchObject({ start: 0n, end: 6n });
    expect(store.resets).toEqual([]);
  });

  it('removes what is older than the topic keeps it, and tells a reader that it came too late', async () => {
    const spec = specOf({ partitions: 1, retentionMs: 3_600_000 });
    await log.ensureTopics([spec]);
    await publish(spec.name, [
      ['k', 'old'],
      ['k', 'older'],
    ]);
    await pool.query('UPDATE log_message SET published_ms = published_ms - 4000000 WHERE value IN ($1, $2)', [
      Buffer.from('old'),
      Buffer.from('older'),
    ]);
    await publish(spec.name, [
      ['k', 'new'],
      ['k', 'newer'],
    ]);
    await log.tidy();
    expect((await log.offsets(spec.name))[0]).toMatchObject({ start: 2n, end: 4n });
    const fresh = await read(spec.name, 2);
    expect(fresh.batches[0]).toMatchObject({ from: 0n, next: 4n });
    const late = new Store();
    const generation = (await log.offsets(spec.name))[0]?.generation ?? '';
    late.positions.set(`${spec.name}/0`, { topic: spec.name, partition: 0, generation, next: 1n });
    const consumer = await log.consume(late.options('late', [spec.name]));
    await eventually(() => late.all().length === 2);
    await consumer.close();
    expect(late.resets).toEqual([`${spec.name}/0 OUT_OF_RANGE 1`]);
  });

  it('lets nothing of a deleted topic remain', async () => {
    const spec = specOf({ partitions: 1 });
    await log.ensureTopics([spec]);
    await publish(spec.name, [['k', 'gone']]);
    await pool.query('DELETE FROM log_topic WHERE name = $1', [spec.name]);
    const { rows } = await pool.query('SELECT 1 FROM log_message WHERE value = $1', [Buffer.from('gone')]);
    expect(rows).toEqual([]);
  });
});
