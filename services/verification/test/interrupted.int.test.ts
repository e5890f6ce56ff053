import { request } from 'node:http';
import type { Batch } from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { csv, households } from './support/people.js';
import {
  batchOf,
  call,
  type Installation,
  inState,
  install,
  publish,
  type RunningService,
  reportsOf,
  submit,
} from './support/service.js';

const TABLES = ['batch', 'chunk', 'household', 'reject', 'rejected_household'];

describe('a batch that is interrupted', () => {
  let at: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  beforeAll(async () => {
    at = await install();
    matcher = await startMatcher(at.log);
    service = await at.start({ outstandingChunks: 2 });
    await publish(service);
  });
  afterEach(() => {
    matcher.answering = true;
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  const counts = async () => {
    const rows = await Promise.all(
      TABLES.map((table) => at.pool.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)),
    );
    return rows.map(({ rows: [row] }) => Number(row?.n));
  };
  const submissions = async (id: string) => {
    const found = await at.pool.query("SELECT FROM audit_entry WHERE action = 'batch.submit' AND object_id = $1", [id]);
    return found.rowCount;
  };
  const create = async (rows: string) => (await (await submit(service, rows)).json()) as Batch;
  const cancel = (batch: Batch) => call(service, `/v1/batches/${batch.id}/cancel`, { method: 'POST' });
  const seenOf = (id: string) => matcher.seen.filter((chunk) => chunk.batchId === id);

  it('leaves nothing when the body breaks off', async () => {
    const before = await counts();
    const sending = request(`${service.url}/v1/batches?asOf=2026-11-15`, {
      method: 'POST',
      headers: { authorization: 'Bearer good', 'content-type': 'text/csv', 'transfer-encoding': 'chunked' },
    });
    sending.on('error', () => undefined);
    sending.write(csv(...households(2500)));
    await eventually(async () => (await counts())[1] !== before[1], { what: 'the first chunks are stored' });
    const closed = new Promise((resolve) => sending.once('close', resolve));
    sending.destroy();
    await closed;
    await eventually(async () => (await counts()).join() === before.join(), { what: 'nothing is left' });
    expect(seenOf('none')).toEqual([]);
  });

  it('is not taken in when its entry in the audit log cannot be written', async () => {
    const before = await counts();
    await at.pool.query('ALTER FUNCTION audit_append(text) RENAME TO audit_append_away');
    const refused = await submit(service, csv(...households(3)), { 'idempotency-key': 'unrecorded' }).finally(() =>
      at.pool.query('ALTER FUNCTION audit_append_away(text) RENAME TO audit_append'),
    );
    expect(refused.status).toBe(500);
    expect(await counts()).toEqual(before);
    const taken = await submit(service, csv(...households(3)), { 'idempotency-key': 'unrecorded' });
    expect(taken.status).toBe(202);
    const { id } = (await taken.json()) as Batch;
    expect(await submissions(id)).toBe(1);
    await inState(service, id, 'done');
  });

  it('is made once although its receiver died between the commit and the answer', async () => {
    const key = { 'idempotency-key': 'once' };
    const body = csv(...households(3));
    const first = (await (await submit(service, body, key)).json()) as Batch;
    const before = await counts();
    const died = `UPDATE idempotency_key SET holder = gen_random_uuid(), lease_until = now() - interval '1 hour',
      finished_at = NULL, fingerprint = NULL, status = NULL, body = NULL WHERE key = 'once'`;
    await at.pool.query(died);
    const again = await submit(service, body, key);
    expect([again.status, ((await again.json()) as Batch).id]).toEqual([202, first.id]);
    await at.pool.query(died);
    const other = await submit(service, csv(...households(4)), key);
    expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([422, 'IDEMPOTENCY_MISMATCH']);
    expect((await submit(service, body, key)).status).toBe(202);
    expect(await counts()).toEqual(before);
    expect(await submissions(first.id)).toBe(1);
    await inState(service, first.id, 'done');
  });

  it('is not made by a call whose key was taken over by another', async () => {
    const before = await counts();
    await at.pool.query(`CREATE FUNCTION takes_over() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN UPDATE idempotency_key SET holder = gen_random_uuid() WHERE key = 'taken'; RETURN NEW; END $$`);
    await at.pool.query(`CREATE TRIGGER takes_over AFTER UPDATE OF state ON batch
      FOR EACH ROW WHEN (NEW.state = 'running') EXECUTE FUNCTION takes_over()`);
    const answer = await submit(service, csv(...households(3)), { 'idempotency-key': 'taken' });
    await at.pool.query('DROP FUNCTION takes_over CASCADE');
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([409, 'IDEMPOTENCY_UNDER_WAY']);
    expect(await counts()).toEqual(before);
  });

  it('leaves nothing when its receiver died', async () => {
    const before = await counts();
    await at.pool.query(
      `INSERT INTO batch (id, as_of, policy_id, policy_version, policy_digest, data_key, correlation_id, alive_at, regions, purposes)
       VALUES ('batch-dead', '2026-11-15', 'sample-city', 1, '', '', '', now() - interval '2 minutes', '{000000}', '{assistance}')`,
    );
    await at.pool.query(
      `INSERT INTO chunk (id, batch_id, ordinal, households, state, named, request) VALUES ('C', 'batch-dead', 0, 1, 'held', '', '')`,
    );
    const other = await at.start();
    await eventually(async () => (await counts()).join() === before.join(), { what: 'it was swept' });
    await other.stop();
  });

  it('refuses a body over the limit and keeps nothing of it', async () => {
    const before = await counts();
    const small = await at.start({ maxBodyBytes: 200_000 });
    const answer = await submit(small, csv(...households(2500)));
    expect(answer.status).toBe(413);
    expect(await counts()).toEqual(before);
    await small.stop();
  });

  it('is stopped by cancel: what was not sent is dropped, what was sent is still taken', async () => {
    matcher.answering = false;
    const batch = await create(csv(...households(2100)));
    await eventually(() => seenOf(batch.id).length === 2, { what: 'two chunks are out' });
    const cancelled = await cancel(batch);
    expect(await cancelled.json()).toMatchObject({ state: 'cancelled', counts: { reports: 0 } });
    await matcher.answerKept();
    await eventually(async () => (await batchOf(service, batch.id)).counts.reports === 2000, {
      what: 'the reports of what was sent',
    });
    const reports = await reportsOf(service, batch.id);
    expect(reports).toHaveLength(2000);
    expect((await call(service, `/v1/reports/${reports[0]?.reportNo}`)).status).toBe(200);
    const dropped = await at.pool.query<{ id: string }>(
      `SELECT id FROM chunk WHERE batch_id = $1 AND state = 'dropped'`,
      [batch.id],
    );
    expect(dropped.rows).toHaveLength(1);
    expect((await call(service, `/v1/reports/R${dropped.rows[0]?.id}00`)).status).toBe(404);
    expect(await batchOf(service, batch.id)).toMatchObject({ state: 'cancelled' });
    expect((await cancel(batch)).status).toBe(200);
    expect(seenOf(batch.id)).toHaveLength(2);
  });

  it('goes on where it was when the service stops in the middle', async () => {
    matcher.answering = false;
    const batch = await create(csv(...households(2100)));
    await eventually(() => seenOf(batch.id).length === 2, { what: 'two chunks are out' });
    await service.stop();
    await matcher.answerKept();
    service = await at.start({ outstandingChunks: 2 });
    matcher.answering = true;
    await matcher.answerKept();
    const done = await inState(service, batch.id, 'done');
    expect(done.counts).toMatchObject({ accepted: 2100, reports: 2100 });
    expect((await reportsOf(service, batch.id)).map((r) => r.householdRef)).toEqual(
      households(2100).map((r) => r.household_ref),
    );
    expect((await cancel(batch)).status).toBe(409);
  });

  it('does not hold up a small batch that came later', async () => {
    matcher.answering = false;
    const large = await create(csv(...households(5000)));
    await eventually(() => seenOf(large.id).length === 2, { what: 'two chunks of the large batch' });
    const small = await create(csv(...households(2)));
    matcher.answering = true;
    await matcher.answerKept();
    await inState(service, small.id, 'done');
    const order = matcher.seen.filter((chunk) => chunk.batchId === large.id || chunk.batchId === small.id);
    expect(order.findIndex((chunk) => chunk.batchId === small.id)).toBeLessThanOrEqual(3);
    await inState(service, large.id, 'done');
  });

  it('tells its progress as events until it is done', async () => {
    matcher.answering = false;
    const batch = await create(csv(...households(1001)));
    const answer = await call(service, `/v1/batches/${batch.id}/events`);
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    matcher.answering = true;
    await eventually(() => seenOf(batch.id).length > 0, { what: 'the first chunk is out' });
    await matcher.answerKept();
    const events = (await answer.text())
      .split('\n\n')
      .filter((event) => event.startsWith('event: batch\n'))
      .map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 6)) as Batch);
    expect(events[0]).toMatchObject({ id: batch.id, state: 'running' });
    expect(events.at(-1)).toMatchObject({ state: 'done', counts: { reports: 1001 }, progress: 1 });
  });
});
