import type { Batch } from '@hedui/contracts';
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

describe('a batch from its file to its reports', () => {
  let at: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  beforeAll(async () => {
    at = await install();
    matcher = await startMatcher(at.log);
    service = await at.start();
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  it('ends with a report for each accepted household, in the order of the file', async () => {
    expect((await publish(service)).status).toBe(201);
    const rows = csv(applicant('H1', 1), member('H1', 2, 'spouse'), applicant('H2', 3));
    const answer = await submit(service, rows);
    const batch = (await answer.json()) as Batch;
    expect(batch).toMatchObject({ state: 'running', counts: { households: 2, accepted: 2, rejected: 0 } });
    expect(answer.status).toBe(202);
    const done = await inState(service, batch.id, 'done');
    expect(done.counts.reports).toBe(2);
    const reports = await reportsOf(service, batch.id);
    expect(reports.map((report) => report.householdRef)).toEqual(['H1', 'H2']);
    const one = await call(service, `/v1/reports/${reports[0]?.reportNo}`);
    expect(await one.json()).toEqual(reports[0]);
  });
});
