import {
  type ChunkId,
  type Problem,
  type Replay,
  type Report,
  type ReportExplanation,
  reportExplanationSchema,
} from '@hedui/contracts';
import { eventually } from '@hedui/testing';
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

describe('a report that is explained and computed again', () => {
  let at: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  let reports: Report[];
  beforeAll(async () => {
    at = await install();
    matcher = await startMatcher(at.log);
    service = await at.start();
    await publish(service);
    const rows = csv(applicant('H1', 1), applicant('H2', 2), member('H2', 3, 'spouse'));
    const { id } = (await (await submit(service, rows)).json()) as { id: string };
    await inState(service, id, 'done');
    reports = await reportsOf(service, id);
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  const second = () => reports[1] ?? fail();
  const replay = (query = '', headers: Record<string, string> = {}, reportNo = second().reportNo) =>
    call(service, `/v1/reports/${reportNo}/replay${query}`, { method: 'POST', headers });
  const counts = async () => {
    const { rows } = await at.pool.query(
      `SELECT (SELECT count(*) FROM chunk) AS chunks, (SELECT count(*) FROM chunk_report) AS reports,
         (SELECT count(*) FROM household) AS households, (SELECT count(*) FROM replay) AS replays`,
    );
    return rows[0];
  };

  it('keeps the basis beside the reports', async () => {
    const { rows } = await at.pool.query('SELECT length(basis) AS basis, length(event) AS event FROM chunk_report');
    expect(rows).toEqual([{ basis: expect.any(Number), event: expect.any(Number) }]);
  });

  it('explains each figure from the basis, and says that its rules give another report', async () => {
    const answer = await call(service, `/v1/reports/${second().reportNo}/explanation`);
    expect(answer.status).toBe(200);
    const explanation = reportExplanationSchema.parse(await answer.json()) as ReportExplanation;
    expect(explanation).toMatchObject({
      reportNo: second().reportNo,
      digest: second().digest,
      engineVersion: 'test',
      agrees: false,
      persons: second().persons,
      programme: 'urban_dibao',
      arithmetic: { countedMembers: 2, annualIncome: { amount: '960.40' } },
    });
    expect(explanation.sources.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'no_reply'));
  });

  it('computes it again and names what differs, by the rules and by today’s data', async () => {
    const before = await counts();
    const answer = await replay();
    expect(answer.status).toBe(200);
    const found = (await answer.json()) as Replay;
    // The pretended matcher did not assess by the rules: what they give for its basis is another report.
    expect(found).toMatchObject({ digest: second().digest, same: false, engineVersion: 'test' });
    expect(found.replayedDigest).not.toBe(found.digest);
    expect(found.differences).toContainEqual(
      expect.objectContaining({ what: 'conclusion', was: 'needs_review', is: 'incomplete' }),
    );
    expect(found.differences.map(({ what }) => what)).toContain('finding_removed');
    expect(found.today).toMatchObject({ same: true, differences: [], conclusion: 'needs_review' });
    expect(found.todayMissing).toBeNull();
    const asked = matcher.seen.filter(({ purpose }) => purpose === 'replay').at(-1);
    expect(asked).toMatchObject({ batchId: null, policy: second().policy, households: [{ index: 0 }] });
    expect(asked?.households[0]?.persons).toHaveLength(2);
    expect(await counts()).toEqual(before);
  });

  it('asks nobody when today is not wanted, and says when nobody answers', async () => {
    const asked = matcher.seen.length;
    expect(await (await replay('?today=false')).json()).toMatchObject({ today: null, todayMissing: 'not_asked' });
    expect(matcher.seen.length).toBe(asked);
    matcher.answering = false;
    const late = (await (await replay('', { prefer: 'wait=1' })).json()) as Replay;
    matcher.answering = true;
    expect(late).toMatchObject({ today: null, todayMissing: 'no_answer', digest: second().digest });
    const before = await counts();
    expect(before).toMatchObject({ replays: '0' });
    await matcher.answerKept();
    await replay();
    expect(await counts()).toEqual(before);
  });

  it('answers 404 for what does not exist, and says when the basis was not kept', async () => {
    expect((await replay('', {}, 'R00000000000000000000000000AA')).status).toBe(404);
    expect((await call(service, '/v1/reports/nothing/explanation')).status).toBe(404);
    await at.pool.query('UPDATE chunk_report SET basis = NULL');
    const missing = await replay();
    expect(missing.status).toBe(409);
    expect(((await missing.json()) as Problem).code).toBe('BASIS_MISSING');
    expect((await call(service, `/v1/reports/${second().reportNo}`)).status).toBe(200);
  });

  it('is not possible while the report is being made', async () => {
    matcher.answering = false;
    const rows = csv(applicant('H9', 9));
    const { id } = (await (await submit(service, rows)).json()) as { id: string };
    const chunk = await eventually(() => matcher.seen.find(({ batchId }) => batchId === id), { what: 'it is sent' });
    const reportNo = `R${chunk.chunkId as ChunkId}00`;
    expect((await replay('', {}, reportNo)).status).toBe(409);
    const pending = await call(service, `/v1/reports/${reportNo}/explanation`);
    expect(pending.status).toBe(202);
    expect(await pending.json()).toMatchObject({ state: 'pending', reportNo });
    matcher.answering = true;
    await matcher.answerKept();
  });
});

function fail(): never {
  throw new Error('there are two reports');
}
