import { type Batch, type RejectedRow, reportSchema } from '@hedui/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { applicant, csv, households, member } from './support/people.js';
import {
  batchOf,
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

describe('a batch from its file to its reports', () => {
  let at: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  beforeAll(async () => {
    at = await install();
    matcher = await startMatcher(at.log);
    service = await at.start();
    await publish(service);
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  const rejectsOf = async (id: string, query = '') =>
    (await (await call(service, `/v1/batches/${id}/rejects${query}`)).json()) as { items: RejectedRow[]; next: string };

  it('ends with a report for each accepted household, in the order of the file', async () => {
    const answer = await submit(service, csv(applicant('H1', 1), member('H1', 2, 'spouse'), applicant('H2', 3)));
    const batch = (await answer.json()) as Batch;
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/batches/${batch.id}`);
    expect(batch).toMatchObject({ state: 'running', counts: { households: 2, accepted: 2, rejected: 0, reports: 0 } });
    expect(batch.progress).toBe(0.4);
    const done = await inState(service, batch.id, 'done');
    expect(done.counts.reports).toBe(2);
    expect(done.finishedAt).not.toBeNull();
    const reports = await reportsOf(service, batch.id);
    expect(reports.map((report) => report.householdRef)).toEqual(['H1', 'H2']);
    for (const report of reports) {
      expect(reportSchema.parse(report)).toEqual(report);
      expect(await (await call(service, `/v1/reports/${report.reportNo}`)).json()).toEqual(report);
    }
    expect(reports[0]).toMatchObject({
      annualIncome: '1200.50',
      perCapitaMonthly: '50.02',
      persons: [
        { row: 1, relation: 'applicant', name: '张*', idNumber: expect.stringMatching(/^520000\*{8}.{4}$/) },
        { row: 2, relation: 'spouse', name: '张*' },
      ],
      sources: [
        { source: 'tax', state: 'answered', asOf: '2024-10-04' },
        { source: 'vehicle', state: 'no_reply', asOf: null, loading: true },
      ],
    });
    expect(reports[0]?.sources[0]).not.toHaveProperty('loading');
  });

  it('rejects what is faulty and goes on with the rest', async () => {
    const rows = [applicant('H1', 1), applicant('H2', 2, { name: '' }), member('H2', 3, 'spouse'), applicant('H3', 4)];
    const batch = (await (await submit(service, csv(...rows))).json()) as Batch;
    expect(batch.counts).toEqual({ households: 3, accepted: 2, rejected: 1, rejectedRows: 2, reports: 0 });
    const page = await rejectsOf(batch.id, '?limit=1');
    expect(page.items).toMatchObject([{ line: 3, ref: 'H2', column: 'name', code: 'COLUMN_MISSING' }]);
    const rest = await rejectsOf(batch.id, `?cursor=${page.next}`);
    expect(rest).toMatchObject({
      items: [{ line: 4, ref: 'H2', column: null, code: 'HOUSEHOLD_REJECTED' }],
      next: null,
    });
    const listed = await call(service, `/v1/batches/${batch.id}/rejects`, { headers: { accept: 'text/csv' } });
    const lines = (await listed.text()).trim().split('\n');
    expect(lines[0]).toBe('line,ref,column,code,rule');
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 4))).toEqual([
      ['3', 'H2', 'name', 'COLUMN_MISSING'],
      ['4', 'H2', '', 'HOUSEHOLD_REJECTED'],
    ]);
    await inState(service, batch.id, 'done');
    expect((await reportsOf(service, batch.id)).map((report) => report.householdRef)).toEqual(['H1', 'H3']);
  });

  it('is done at once when there is nothing to assess', async () => {
    const batch = (await (await submit(service, csv(applicant('H1', 1, { area: '' })))).json()) as Batch;
    expect(batch).toMatchObject({ state: 'done', counts: { accepted: 0, rejected: 1 } });
    expect(await reportsOf(service, batch.id)).toEqual([]);
  });

  it('takes one JSON object a line as it takes CSV', async () => {
    const row = Object.fromEntries(
      Object.entries(applicant('H1', 1)).map(([k, v]) => [k.replace(/_(.)/g, (_, c: string) => c.toUpperCase()), v]),
    );
    const answer = await submit(service, `${JSON.stringify(row)}\n`, { 'content-type': 'application/x-ndjson' });
    expect(await answer.json()).toMatchObject({ counts: { accepted: 1, rejected: 0 } });
  });

  it('tells how often persons stand in more than one household', async () => {
    const again = applicant('H2', 1);
    const batch = (await (await submit(service, csv(applicant('H1', 1), again))).json()) as Batch;
    expect(batch.counts.accepted).toBe(2);
    expect(batch.warnings).toEqual([expect.stringContaining('1 appearances of persons')]);
  });

  it('rejects every household whose reference comes again, wherever its rows stand', async () => {
    const many = households(1100);
    const rows = [
      applicant('BAD', 1, { name: '' }),
      member('BAD', 2, 'spouse'),
      applicant('LATE', 3),
      member('LATE', 4, 'spouse', { name: '' }),
      ...many,
      applicant('H5', 5),
      member('H5', 6, 'spouse'),
      applicant('H1050', 7),
      applicant('BAD', 8),
      applicant('LATE', 9),
    ];
    const batch = (await (await submit(service, csv(...rows))).json()) as Batch;
    expect(batch.counts).toMatchObject({ households: 1106, accepted: 1098, rejected: 8, rejectedRows: 11 });
    const { items } = await rejectsOf(batch.id, '?limit=100');
    const told = items.map((item) => `${item.line} ${item.ref} ${item.column ?? '-'} ${item.code}`);
    expect(told).toEqual([
      '2 BAD name COLUMN_MISSING',
      '2 BAD - HOUSEHOLD_REF_REPEATED',
      '3 BAD - HOUSEHOLD_REJECTED',
      '4 LATE - HOUSEHOLD_REF_REPEATED',
      '5 LATE name COLUMN_MISSING',
      '10 H5 - HOUSEHOLD_REF_REPEATED',
      '1055 H1050 - HOUSEHOLD_REF_REPEATED',
      '1106 H5 - HOUSEHOLD_REF_REPEATED',
      '1107 H5 - HOUSEHOLD_REJECTED',
      '1108 H1050 - HOUSEHOLD_REF_REPEATED',
      '1109 BAD - HOUSEHOLD_REF_REPEATED',
      '1110 LATE - HOUSEHOLD_REF_REPEATED',
    ]);
    await inState(service, batch.id, 'done');
    const reports = await reportsOf(service, batch.id);
    const wanted = many.map((row) => row.household_ref).filter((ref) => ref !== 'H5' && ref !== 'H1050');
    expect(reports.map((report) => report.householdRef)).toEqual(wanted);
    expect(new Set(reports.map((report) => report.reportNo)).size).toBe(1098);
  });

  it('gives the same answer to the same Idempotency-Key, and another body is refused', async () => {
    const rows = csv(applicant('H1', 1));
    const key = { 'idempotency-key': 'batch-once' };
    const first = (await (await submit(service, rows, key)).json()) as Batch;
    const again = await submit(service, rows, key);
    expect(again.status).toBe(202);
    expect(await again.json()).toEqual(first);
    const other = await submit(service, csv(applicant('H2', 2)), key);
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('counts a repeated report once', async () => {
    const batch = (await (await submit(service, csv(applicant('H1', 1)))).json()) as Batch;
    await inState(service, batch.id, 'done');
    const chunk = matcher.seen.find((seen) => seen.batchId === batch.id);
    if (!chunk) throw new Error('the chunk was not sent');
    await matcher.answer(chunk);
    const next = (await (await submit(service, csv(applicant('H1', 1)))).json()) as Batch;
    await inState(service, next.id, 'done');
    expect((await batchOf(service, batch.id)).counts.reports).toBe(1);
  });

  it('lists batches newest first, page by page', async () => {
    const page = (await (await call(service, '/v1/batches?limit=2')).json()) as { items: Batch[]; next: string };
    const rest = (await (await call(service, `/v1/batches?cursor=${page.next}`)).json()) as typeof page;
    const times = [...page.items, ...rest.items].map((batch) => batch.createdAt);
    expect(page.items).toHaveLength(2);
    expect(times).toEqual([...times].sort().reverse());
    expect((await call(service, '/v1/batches?cursor=x')).status).toBe(400);
  });

  it('refuses what it cannot begin with', async () => {
    const code = async (path: string, body: string) =>
      ((await (await post(service, path, body, { 'content-type': 'text/csv' })).json()) as { code: string }).code;
    const good = csv(applicant('H1', 1));
    expect(await code('/v1/batches', good)).toBe('AS_OF_INVALID');
    expect(await code('/v1/batches?asOf=2026-02-30', good)).toBe('AS_OF_INVALID');
    expect(await code('/v1/batches?asOf=2026-11-15&policy=nowhere', good)).toBe('POLICY_UNKNOWN');
    expect(await code('/v1/batches?asOf=2024-11-15', good)).toBe('POLICY_UNKNOWN');
    expect(await code('/v1/batches?asOf=2026-11-15', '')).toBe('FILE_EMPTY');
    expect(await code('/v1/batches?asOf=2026-11-15', 'a,b\n1,2\n')).toBe('HEADER_UNUSABLE');
    for (const path of ['', '/events', '/reports', '/rejects']) {
      expect((await call(service, `/v1/batches/none${path}`)).status).toBe(404);
    }
    expect((await call(service, '/v1/reports/R00000000000000000000000000AA')).status).toBe(404);
    expect((await call(service, '/v1/reports/nothing')).status).toBe(404);
    expect((await call(service, '/v1/batches/%00')).status).toBe(404);
    expect((await call(service, '/v1/policies/%00/versions/1')).status).toBe(404);
    expect((await call(service, '/v1/policies/sample-city/versions/99999999999')).status).toBe(404);
    expect(await code('/v1/batches?asOf=2026-11-15&policy=%00', good)).toBe('POLICY_UNKNOWN');
  });
});
