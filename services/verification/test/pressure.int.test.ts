/** What happens when the store is away or full, or when nobody takes what is to be sent. */
import { randomUUID } from 'node:crypto';
import { type Batch, ROUTES, type RouteContract } from '@hedui/contracts';
import { createLogger } from '@hedui/logging';
import { createPool } from '@hedui/postgres';
import { eventually, layWire, type Wire } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { applicant, csv, households, residentNumber } from './support/people.js';
import {
  call,
  type Installation,
  inState,
  installEmpty,
  POLICY,
  post,
  publish,
  type RunningService,
  submit,
} from './support/service.js';

const check = (n: number) =>
  JSON.stringify({
    ...{ asOf: '2026-11-15', programme: 'urban_dibao', verificationType: 'petition', region: '520102', area: 'urban' },
    persons: [
      {
        relation: 'applicant',
        idNumber: residentNumber('19800101', n),
        name: '李四',
        authorisationNo: 'SQ-1',
        authorisedOn: '2026-10-01',
      },
    ],
  });
const json = { 'content-type': 'application/json' };

describe('a service under pressure', () => {
  let at: Installation;
  let wire: Wire;
  let service: RunningService;
  let matcher: PretendedMatcher;
  beforeAll(async () => {
    const empty = await installEmpty(async (url) => {
      wire = await layWire(url);
      return wire.url;
    });
    at = empty;
    await empty.prepare();
    matcher = await startMatcher(at.log);
    service = await at.start({ outstandingChunks: 3 });
    await publish(service);
  }, 60_000);
  afterEach(() => wire.mend());
  afterAll(async () => {
    await wire.mend();
    await matcher.close();
    await at.close();
    await wire.close();
  }, 60_000);

  /** Past the wire. */
  async function stored(): Promise<Record<string, string>> {
    const pool = createPool({ url: at.database.url, name: 'look', max: 1, logger: createLogger('test', 'silent') });
    try {
      const { rows } = await pool.query<Record<string, string>>(
        `SELECT (SELECT count(*) FROM batch) AS batches, (SELECT count(*) FROM chunk) AS chunks, (SELECT count(*) FROM policy) AS policies`,
      );
      return rows[0] ?? {};
    } finally {
      await pool.end();
    }
  }
  const refused = async (answer: Response) => {
    expect(await answer.json()).toMatchObject({ code: 'STORAGE_UNAVAILABLE', status: 503 });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  };

  it('refuses every call that would store something while the database is away, accepts nothing, and works again by itself', async () => {
    const before = await stored();
    await wire.cut();
    const key = { 'idempotency-key': randomUUID() };
    await refused(await submit(service, csv(applicant('H1', 1)), key));
    await refused(await post(service, '/v1/verifications', check(1), { ...json, ...key }));
    await refused(await publish(service, POLICY.replace('version: 1', 'version: 2')));
    const posts = Object.values<RouteContract>(ROUTES).filter(
      ({ owner, method }) => owner === 'verification' && method === 'POST',
    );
    expect(posts.length).toBeGreaterThan(5);
    for (const { id, path } of posts) {
      const answer = await post(service, path.replace(/:[a-zA-Z]+/g, '0'), '{}', json);
      // What is wrong by itself is said to be wrong; nothing is accepted, and nothing fails without a reason.
      expect([id, answer.status === 503 || (answer.status >= 400 && answer.status < 500)]).toEqual([id, true]);
      await answer.body?.cancel();
    }
    expect((await call(service, '/live')).status).toBe(200);
    const ready = await call(service, '/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ parts: { database: false, log: true } });

    await wire.mend();
    expect(await stored()).toEqual(before);
    await eventually(async () => (await call(service, '/ready')).status === 200, { what: 'ready again' });
    const answer = await submit(service, csv(applicant('H1', 1)), key);
    expect(answer.status).toBe(202);
    await inState(service, ((await answer.json()) as Batch).id, 'done');
  }, 60_000);

  it('refuses what it cannot keep while the disk is full, and leaves nothing of it', async () => {
    const before = await stored();
    await at.pool.query(
      `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
    );
    for (const table of ['chunk', 'policy_proposal']) {
      await at.pool.query(`CREATE TRIGGER full_disk BEFORE INSERT ON ${table} EXECUTE FUNCTION full_disk()`);
    }
    try {
      await refused(await submit(service, csv(...households(1200))));
      await refused(await post(service, '/v1/verifications', check(2), json));
      const same = async () => JSON.stringify(await stored()) === JSON.stringify(before);
      await eventually(same, { what: 'nothing is left' });
    } finally {
      await at.pool.query('DROP FUNCTION full_disk CASCADE');
    }
    const again = await submit(service, csv(applicant('H2', 3)));
    expect(again.status).toBe(202);
    await inState(service, ((await again.json()) as Batch).id, 'done');
  }, 60_000);

  it('hands out no more than it may while nobody answers, and keeps answering single checks', async () => {
    matcher.answering = false;
    const seenBefore = matcher.seen.length;
    const batch = (await (await submit(service, csv(...households(12_000)))).json()) as Batch;
    const chunksSeen = () => matcher.seen.slice(seenBefore).filter((chunk) => chunk.batchId === batch.id);
    await eventually(() => chunksSeen().length === 3, { within: 20_000, what: 'three chunks are out' });
    // Ten checks are answered while the batch stands still.
    for (let n = 10; n < 20; n++) {
      const asked = post(service, '/v1/verifications', check(n), { ...json, prefer: 'wait=20' });
      const chunk = await eventually(() => matcher.seen.filter(({ batchId }) => batchId === null)[n - 10], {
        what: `check ${n}`,
      });
      await matcher.answer(chunk);
      expect((await asked).status).toBe(200);
    }
    expect(chunksSeen()).toHaveLength(3);
    const { rows } = await at.pool.query<{ state: string; n: number; waiting: number }>(
      `SELECT state, count(*)::int AS n, (SELECT count(*)::int FROM outbox_message) AS waiting
       FROM chunk WHERE batch_id = $1 GROUP BY state ORDER BY state`,
      [batch.id],
    );
    expect(rows).toEqual([
      { state: 'ready', n: 9, waiting: 0 },
      { state: 'sent', n: 3, waiting: 0 },
    ]);
    matcher.answering = true;
    await matcher.answerKept();
    const done = await inState(service, batch.id, 'done');
    expect(done.counts).toMatchObject({ accepted: 12_000, reports: 12_000 });
  }, 90_000);
});
