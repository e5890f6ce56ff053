import { newAuditKey } from '@hedui/audit';
import { verifyExport, verifyReceipt } from '@hedui/audit/proof';
import type { AuditPage, AuditRecord, Batch, Looks, Report } from '@hedui/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { applicant, csv, member } from './support/people.js';
import {
  call,
  type Installation,
  inState,
  install,
  publish,
  type RunningService,
  reportsOf,
  submit,
} from './support/service.js';

describe('the audit log of verification', () => {
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
    const rows = csv(applicant('H1', 1), member('H1', 2, 'spouse'), applicant('H2', 3), applicant('H3', 4));
    batch = await inState(service, ((await (await submit(service, rows)).json()) as Batch).id, 'done');
    reports = await reportsOf(service, batch.id);
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  const get = (path: string) => call(service, path);
  const json = async <T>(path: string): Promise<T> => (await (await get(path)).json()) as T;
  const entries = async (query = ''): Promise<AuditRecord[]> =>
    (await json<AuditPage>(`/v1/audit?limit=1000${query}`)).items.map(({ record }) => record);
  const no = (i: number) => reports[i]?.reportNo ?? '';

  it('tells every look at a household, each decision and one entry for each chunk', async () => {
    await get(`/v1/reports/${no(0)}`);
    await get(`/v1/reports/${no(0)}/document?format=html`);
    await get(`/v1/reports/${no(1)}`);
    await get(`/v1/batches/${batch.id}/rejects`);
    const all = await entries();
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, i) => i + 1));
    const actions = all.map(({ entry }) => entry.action);
    for (const action of [
      'policy.publish',
      'batch.submit',
      'chunk.report',
      'report.export',
      'report.read',
      'report.print',
    ]) {
      expect(actions).toContain(action);
    }
    const chunk = all.find(({ entry }) => entry.action === 'chunk.report');
    expect(chunk?.entry).toMatchObject({ covers: { count: 3 }, details: { batch: batch.id } });
    const exported = all.find(({ entry }) => entry.action === 'report.export');
    expect(exported?.entry).toMatchObject({ object: { id: batch.id }, covers: { count: 3 }, details: { chunks: 1 } });
    const read = all.filter(({ entry }) => entry.action === 'report.read');
    expect(read.map(({ entry }) => entry.object.id)).toEqual([no(0), no(1)]);
    expect(read[0]?.entry).toMatchObject({
      actor: { subject: 'tester' },
      region: reports[0]?.region,
      purpose: 'assistance',
    });
    expect(JSON.stringify(all)).not.toMatch(/张|520000\d{11}/);
  });

  it('finds entries by action, object and time', async () => {
    expect((await entries('&action=report')).every(({ entry }) => entry.action.startsWith('report.'))).toBe(true);
    expect((await entries(`&object=${no(1)}`)).map(({ entry }) => entry.action)).toEqual(['report.read']);
    expect(await entries('&from=2999-01-01')).toEqual([]);
    expect(await entries('&actor=nobody')).toEqual([]);
    expect((await get('/v1/audit?from=yesterday')).status).toBe(400);
    const first = await json<AuditPage>('/v1/audit?limit=2');
    const second = await json<AuditPage>(`/v1/audit?limit=2&cursor=${first.next}`);
    expect(second.items[0]?.record.seq).toBe(3);
  });

  it('tells who looked at a household, and tells the citizen no officer', async () => {
    const full = await json<Looks>(`/v1/reports/${no(0)}/looks`);
    expect(full.items.map(({ action }) => action)).toEqual(expect.arrayContaining(['report.read', 'report.export']));
    expect(full.items.some(({ subject }) => subject === 'tester')).toBe(true);
    const citizen = await json<Looks>(`/v1/reports/${no(0)}/looks?form=citizen`);
    expect(citizen.items.length).toBeGreaterThanOrEqual(full.items.length);
    expect(citizen.items.every(({ subject, at: when }) => subject === null && when.endsWith('Z'))).toBe(true);
  });

  it('gives every report a receipt that holds without it', async () => {
    for (const { reportNo } of reports) {
      const receipt = await json<unknown>(`/v1/reports/${reportNo}/receipt`);
      expect(verifyReceipt(receipt)).toMatchObject({ ok: true, receipt: { reportNo } });
      const other = JSON.stringify(receipt).replace(/"eligible\w*|"not_\w+/, '"changed');
      expect(other === JSON.stringify(receipt) || !verifyReceipt(JSON.parse(other)).ok).toBe(true);
    }
    expect((await get('/v1/reports/R00000000000000000000000000AA/receipt')).status).toBe(404);
  });

  it('is exported whole, with a tail that vouches for it', async () => {
    const bytes = Buffer.from(await (await get('/v1/audit/export')).arrayBuffer());
    const { logs, problems } = await verifyExport([bytes]);
    expect(problems).toEqual([]);
    expect(logs).toMatchObject([{ log: 'verification' }]);
    expect(logs[0]?.keys.some(({ id }) => id === newAuditKey().id)).toBe(false);
  });

  it('shows nothing when the look cannot be recorded', async () => {
    await at.pool.query('ALTER FUNCTION audit_append(text) RENAME TO audit_append_away');
    try {
      const answer = await get(`/v1/reports/${no(0)}`);
      expect(answer.status).toBe(503);
      expect(await answer.text()).not.toContain(no(0).slice(1, 20));
      expect((await get(`/v1/batches/${batch.id}/reports`)).status).toBe(503);
    } finally {
      await at.pool.query('ALTER FUNCTION audit_append_away(text) RENAME TO audit_append');
    }
    expect((await get(`/v1/reports/${no(0)}`)).status).toBe(200);
  });
});
