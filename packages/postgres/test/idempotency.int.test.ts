import { createServer } from 'node:net';
import { createLogger } from '@hedui/logging';
import { eventually, type TestDatabase, testDatabase, uniqueName } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createIdempotencyStore, createPool, migrateIdempotency, type Pool } from '../src/index.js';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase('idempotency');
  pool = createPool({ url: database.url, name: 'test', max: 20, logger: createLogger('test', 'silent') });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const entry = (over: Partial<{ key: string; caller: string; route: string }> = {}) => ({
  key: uniqueName('key'),
  caller: 'operator-1',
  route: 'createBatch',
  ...over,
});
const answer = { status: 202, body: '{"id":"b-1"}' };

describe('the store of Idempotency-Keys', () => {
  it('makes its table whoever comes first, however many come at once', async () => {
    const stores = Array.from({ length: 10 }, () => createIdempotencyStore(pool));
    const states = await Promise.all(stores.map((store) => store.begin(entry())));
    expect(states.every(({ state }) => state === 'new')).toBe(true);
    expect(await migrateIdempotency(pool)).toBe(0);
  });

  it('lets one of many callers work', async () => {
    const one = entry();
    const stores = [createIdempotencyStore(pool), createIdempotencyStore(pool)];
    const states = await Promise.all(Array.from({ length: 40 }, (_, i) => stores[i % 2]?.begin(one)));
    expect(states.filter((s) => s?.state === 'new')).toHaveLength(1);
    expect(states.filter((s) => s?.state === 'under_way')).toHaveLength(39);
  });

  it('gives the answer again, to the same caller and route only', async () => {
    const store = createIdempotencyStore(pool);
    const one = entry();
    await store.begin(one);
    await store.finish(one, '3:abc', answer);
    expect(await createIdempotencyStore(pool).begin(one)).toEqual({ state: 'done', fingerprint: '3:abc', answer });
    expect(await store.begin({ ...one, caller: 'operator-2' })).toEqual({ state: 'new' });
    expect(await store.begin({ ...one, route: 'createLoad' })).toEqual({ state: 'new' });
  });

  it('gives what was made to whoever asks next when the process died before its answer, and only what was committed', async () => {
    const store = createIdempotencyStore(pool, { leaseMs: 300_000 });
    const one = entry();
    await store.begin(one);
    const client = await pool.connect();
    await client.query('BEGIN');
    await store.note(client, one, '3:abc', 'b-0');
    await client.query('ROLLBACK');
    client.release();
    await store.release(one);
    expect(await store.begin(one)).toEqual({ state: 'new' });
    await store.note(pool, one, '3:abc', 'b-1');
    await store.release(one);
    expect(await store.begin(one)).toEqual({ state: 'made', made: 'b-1', fingerprint: '3:abc' });
    await store.finish(one, '3:abc', answer);
    expect((await store.begin(one)).state).toBe('done');
    const stranger = createIdempotencyStore(pool);
    await expect(stranger.note(pool, one, '3:abc', 'b-2')).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNDER_WAY' });
  });

  it('lets a released key be used again, and releases nothing that is done', async () => {
    const store = createIdempotencyStore(pool);
    const one = entry();
    await store.begin(one);
    await store.release(one);
    expect(await store.begin(one)).toEqual({ state: 'new' });
    await store.finish(one, '3:abc', answer);
    await store.release(one);
    expect((await store.begin(one)).state).toBe('done');
  });

  it('gives the entry of a dead process to the next, and the late answer of the dead changes nothing', async () => {
    const dead = createIdempotencyStore(pool, { leaseMs: 2_000_000 });
    const one = entry();
    await dead.begin(one);
    const alive = createIdempotencyStore(pool);
    expect((await alive.begin(one)).state).toBe('under_way');
    await pool.query(`UPDATE idempotency_key SET lease_until = now() - interval '1 second' WHERE key = $1`, [one.key]);
    expect((await alive.begin(one)).state).toBe('new');
    await dead.finish(one, '1:dead', answer);
    await dead.release(one);
    expect((await alive.begin(one)).state).toBe('under_way');
    await alive.finish(one, '1:alive', answer);
    expect(await alive.begin(one)).toMatchObject({ state: 'done', fingerprint: '1:alive' });
  });

  it('keeps the lease of a process that works for long', async () => {
    const store = createIdempotencyStore(pool, { leaseMs: 300 });
    const one = entry();
    await store.begin(one);
    const leaseOf = async () => {
      const found = await pool.query<{ at: Date }>('SELECT lease_until AS at FROM idempotency_key WHERE key = $1', [
        one.key,
      ]);
      return found.rows[0]?.at.getTime() ?? 0;
    };
    const first = await leaseOf();
    await eventually(async () => (await leaseOf()) > first + 500, {
      what: 'a lease that was renewed past its first end',
    });
    expect((await createIdempotencyStore(pool).begin(one)).state).toBe('under_way');
    await store.release(one);
  });

  it('forgets an answer that is older than it is kept', async () => {
    const store = createIdempotencyStore(pool);
    const one = entry();
    await store.begin(one);
    await store.finish(one, '3:abc', answer);
    await pool.query(`UPDATE idempotency_key SET finished_at = now() - interval '3 days' WHERE key = $1`, [one.key]);
    expect((await store.begin(one)).state).toBe('new');
  });

  it('says that storage is away when it is', async () => {
    const hangsUp = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => hangsUp.listen(0, '127.0.0.1', resolve));
    const address = hangsUp.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    const url = `postgres://nobody@127.0.0.1:${address.port}/none`;
    const away = createPool({ url, name: 'test', logger: createLogger('test', 'silent') });
    for (const migrated of [true, false]) {
      const store = createIdempotencyStore(away, { migrated });
      await expect(store.begin(entry())).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retriable: true });
    }
    await away.end();
    await new Promise((resolve) => hangsUp.close(resolve));
  });
});
