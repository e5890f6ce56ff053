import type { Batch, Erasure, Report, Retention } from '@hedui/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cutoff } from '../src/erasure/retention.js';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { applicant, csv } from './support/people.js';
import {
  call,
  type Installation,
  inState,
  install,
  post,
  publish,
  type RunningService,
  reportsOf,
  submit,
} from './support/service.js';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('what is kept ends', () => {
  let at: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  let batch: Batch;
  let reports: Report[];
  beforeAll(async () => {
    at = await install();
    matcher = await startMatcher(at.log);
    service = await at.start();
    await publish(service);
    const rows = csv(applicant('H1', 1), applicant('H2', 2), applicant('H3', 3), applicant('H4', 4, { area: '' }));
    batch = (await (await submit(service, rows)).json()) as Batch;
    await inState(service, batch.id, 'done');
    reports = await reportsOf(service, batch.id);
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  const keys = async () => {
    const { rows } = await at.pool.query<{ data_key: Buffer | null }>('SELECT data_key FROM batch');
    return rows.map(({ data_key: key }) => key?.toString('hex') ?? null);
  };
  const audited = async (): Promise<string> => {
    const { rows } = await at.pool.query('SELECT * FROM audit_entry');
    return JSON.stringify(rows);
  };
  const erase = (reportNo: string, who = 'good', reason = 'request') =>
    post(service, `/v1/reports/${reportNo}/erasure`, JSON.stringify({ reason, reference: 'L-114' }), {
      ...JSON_TYPE,
      authorization: `Bearer ${who}`,
    });

  it('one household by two people: its report is gone, the others stand as they were, under another key', async () => {
    const before = await keys();
    const [, second] = reports;
    if (!second) throw new Error('there are three reports');
    const asked = await erase(second.reportNo, 'ann');
    expect(asked.status).toBe(202);
    const { id } = (await asked.json()) as Erasure;
    const agree = (who: string) =>
      call(service, `/v1/erasures/${id}/approval`, { method: 'POST', headers: { authorization: `Bearer ${who}` } });
    expect((await agree('ann')).status).toBe(409);
    expect((await call(service, `/v1/reports/${second.reportNo}`)).status).toBe(200);
    const agreed = await agree('ben');
    expect(agreed.status).toBe(200);
    const erasure = (await agreed.json()) as Erasure;
    expect(erasure).toMatchObject({ askedBy: 'ann', agreedBy: 'ben' });
    expect(await (await agree('ben')).json()).toEqual(erasure);
    expect(erasure).toMatchObject({ reportNo: second.reportNo, state: 'erased', reason: 'request' });
    const gone = await call(service, `/v1/reports/${second.reportNo}`);
    expect({ status: gone.status, code: ((await gone.json()) as { code: string }).code }).toEqual({
      status: 410,
      code: 'REPORT_ERASED',
    });
    expect((await call(service, `/v1/reports/${second.reportNo}/explanation`)).status).toBe(410);
    expect((await erase(second.reportNo)).status).toBe(410);
    expect(await reportsOf(service, batch.id)).toEqual(reports.filter((report) => report !== second));
    expect(await keys()).not.toEqual(before);
    const rejects = await (await call(service, `/v1/batches/${batch.id}/rejects`)).json();
    expect(rejects).toMatchObject({ items: [{ ref: 'H4' }] });
    expect(await audited()).toContain('household.erase');
  });

  it('refuses what is no report, and reasons in words', async () => {
    expect((await erase('R0')).status).toBe(404);
    expect((await erase(reports[0]?.reportNo ?? '', 'good', 'because of 张三')).status).toBe(400);
  });

  it('everything when retention ends: counted first, then its key is destroyed', async () => {
    const run = async (query: string) =>
      (await (await call(service, `/v1/retention${query}`, { method: 'POST' })).json()) as Retention;
    expect(await run('')).toMatchObject({ dryRun: true, months: 60, batches: 0, households: 0 });
    await at.pool.query("UPDATE batch SET finished_at = now() - interval '61 months'");
    expect(await run('?dryRun=true')).toMatchObject({ batches: 1, checks: 0, households: 3 });
    expect((await call(service, `/v1/reports/${reports[0]?.reportNo}`)).status).toBe(200);
    expect(await run('?dryRun=false')).toMatchObject({ dryRun: false, batches: 1, households: 3 });
    expect(await run('?dryRun=false')).toMatchObject({ batches: 0 });
    expect(await keys()).toEqual([null]);
    expect((await call(service, `/v1/reports/${reports[0]?.reportNo}`)).status).toBe(410);
    expect((await call(service, `/v1/batches/${batch.id}/reports`)).status).toBe(410);
    expect((await call(service, `/v1/batches/${batch.id}`)).status).toBe(200);
    expect(await audited()).toContain('retention.run');
  });

  it('reckons months by the calendar', () => {
    expect(cutoff(1, Date.parse('2026-03-31T12:00:00Z')).toISOString()).toBe('2026-02-28T12:00:00.000Z');
    expect(cutoff(60, Date.parse('2026-11-23T00:00:00Z')).toISOString()).toBe('2021-11-23T00:00:00.000Z');
  });
});
