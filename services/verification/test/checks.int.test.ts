import type { Report } from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { residentNumber } from './support/people.js';
import { call, type Installation, install, post, publish, type RunningService } from './support/service.js';

const person = (over: Record<string, unknown> = {}) => ({
  relation: 'applicant',
  idNumber: residentNumber('19800101', 11),
  name: '李四',
  declaredWage: '1200.50',
  authorisationNo: 'SQ-1',
  authorisedOn: '2026-10-01',
  ...over,
});
const household = (persons: unknown[] = [person()], over: Record<string, unknown> = {}) =>
  JSON.stringify({
    asOf: '2026-11-15',
    programme: 'urban_dibao',
    verificationType: 'petition',
    region: '520102',
    area: 'urban',
    persons,
    ...over,
  });

describe('one household at a time', () => {
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

  const check = (body: string, headers: Record<string, string> = {}) =>
    post(service, '/v1/verifications', body, { 'content-type': 'application/json', ...headers });

  it('answers with its report when that is ready within the wait', async () => {
    const answer = await check(household());
    expect(answer.status).toBe(200);
    const report = (await answer.json()) as Report;
    expect(report).toMatchObject({
      batchId: null,
      householdRef: null,
      verificationType: 'petition',
      annualIncome: '1200.50',
    });
    expect(report.persons).toMatchObject([{ row: 1, name: '李*' }]);
    expect(await (await call(service, `/v1/reports/${report.reportNo}`)).json()).toEqual(report);
  });

  it('says where to look when the report is not ready', async () => {
    matcher.answering = false;
    const answer = await check(household(undefined, { householdRef: 'K1' }), { prefer: 'wait=0' });
    expect(answer.status).toBe(202);
    const pending = (await answer.json()) as { reportNo: string; state: string; location: string };
    expect(pending).toEqual({
      reportNo: pending.reportNo,
      state: 'pending',
      location: `/v1/reports/${pending.reportNo}`,
    });
    expect(answer.headers.get('location')).toBe(pending.location);
    expect(await (await call(service, pending.location)).json()).toEqual(pending);
    matcher.answering = true;
    await eventually(
      () =>
        matcher
          .answerKept()
          .then(() => call(service, pending.location))
          .then((r) => r.status === 200),
      {
        what: 'the report is there',
      },
    );
    expect(await (await call(service, pending.location)).json()).toMatchObject({ householdRef: 'K1' });
  });

  it('refuses a household with all of its reasons, by the rows of the request', async () => {
    const answer = await check(household([person({ name: '' }), person({ relation: 'spouse', declaredWage: 'x' })]));
    expect(answer.status).toBe(422);
    const problem = (await answer.json()) as { code: string; errors: { line: number; column: string; code: string }[] };
    expect(problem.code).toBe('HOUSEHOLD_REJECTED');
    expect(problem.errors.map((e) => `${e.line} ${e.column} ${e.code}`)).toEqual([
      '1 name COLUMN_MISSING',
      '2 declared_wage VALUE_INVALID',
      '2 id_number PERSON_REPEATED',
    ]);
  });

  it('repeats the answer of the same Idempotency-Key without checking again', async () => {
    const key = { 'idempotency-key': 'check-once' };
    const first = (await (await check(household(), key)).json()) as Report;
    const again = (await (await check(household(), key)).json()) as Report;
    expect(again.reportNo).toBe(first.reportNo);
  });

  it('refuses what has not the form of a household', async () => {
    expect((await check('{"asOf":"2026-11-15"}')).status).toBe(400);
    expect(await (await check(household(undefined, { asOf: 'today' }))).json()).toMatchObject({
      code: 'AS_OF_INVALID',
    });
    expect(await (await check(household(undefined, { policy: 'none@1' }))).json()).toMatchObject({
      code: 'POLICY_UNKNOWN',
    });
  });
});
