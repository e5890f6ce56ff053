// Longer than other tests: withdrawal, ineligibility, papers, the green channel and the citizen's account work on the same households and papers.
import { request } from 'node:http';
import {
  type Authorisation,
  type Batch,
  type CitizenAccount,
  type Day,
  type Problem,
  parseDay,
  type Report,
  type Withdrawal,
} from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { listenForEndings } from './support/endings.js';
import { cannedAssessment, type PretendedMatcher, startMatcher } from './support/matcher.js';
import { applicant, csv, households, member, type Row, residentNumber } from './support/people.js';
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

let at: Installation;
let service: RunningService;
let matcher: PretendedMatcher;
let endings: Awaited<ReturnType<typeof listenForEndings>>;
/** The day it is for the service. */
let today: Day;

beforeAll(async () => {
  at = await install();
  // Whoever declares a wage of 99999 does not meet the standard.
  matcher = await startMatcher(at.log, (household) => {
    const assessed = cannedAssessment(household);
    return assessed.annualIncome === 9_999_900 ? { ...assessed, conclusion: 'does_not_meet' } : assessed;
  });
  endings = await listenForEndings(at.log);
  today = day('2026-11-15');
  service = await at.start({ outstandingChunks: 1, settleEveryMs: 50, today: () => today });
  await publish(service);
});
afterEach(() => {
  matcher.answering = true;
});
afterAll(async () => {
  await endings.close();
  await matcher.close();
  await at.close();
});

function day(text: string): Day {
  const parsed = parseDay(text);
  if (parsed === null) throw new Error('not a date');
  return parsed;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const send = async <T>(path: string, body: unknown): Promise<{ status: number; body: T }> => {
  const response = await post(service, path, JSON.stringify(body), JSON_TYPE);
  return { status: response.status, body: (await response.json()) as T };
};
const withdraw = (row: Row) =>
  send<Withdrawal>('/v1/authorisations/withdrawals', {
    authorisationNo: row.authorisation_no,
    person: { idNumber: row.id_number },
    reason: '本人要求',
  });
const register = (row: Row, over: Record<string, unknown> = {}) =>
  send<Authorisation & Problem>('/v1/authorisations', {
    authorisationNo: row.authorisation_no,
    person: { idNumber: row.id_number },
    purposes: ['assistance'],
    region: '520102',
    signedOn: '2026-10-01',
    ...over,
  });
const account = (row: Row) => send<CitizenAccount>('/v1/citizen-accounts', { idNumber: row.id_number });
const create = async (...rows: Row[]): Promise<Batch> => (await (await submit(service, csv(...rows))).json()) as Batch;
const problem = async (path: string, init: RequestInit = {}) => {
  const response = await call(service, path, init);
  return [response.status, ((await response.json()) as Problem).code];
};
const rejectsOf = async ({ id }: Batch) => {
  const page = (await (await call(service, `/v1/batches/${id}/rejects`)).json()) as {
    items: { ref: string; column: string | null; code: string }[];
  };
  return page.items.map(({ ref, column, code }) => [ref, column, code]);
};
const actions = async () => {
  const { rows } = await at.pool.query<{ action: string }>('SELECT DISTINCT action FROM audit_entry ORDER BY action');
  return rows.map(({ action }) => action);
};

/** A person of this file who stands in no other test. */
let persons = 100;
const somebody = (ref: string, over: Row = {}): Row => {
  persons++;
  return applicant(ref, persons, {
    id_number: residentNumber('19700101', persons),
    authorisation_no: `P-${persons}`,
    ...over,
  });
};

describe('a withdrawn authorisation', () => {
  it('is refused when it comes again, in a batch and in a single check, and nobody else is', async () => {
    const gone = somebody('H1');
    const other = somebody('H2');
    const first = await withdraw(gone);
    expect([first.status, first.body]).toEqual([200, { ...first.body, stopped: 0, issued: 0 }]);
    expect((await withdraw(gone)).body.withdrawnAt).toBe(first.body.withdrawnAt);
    const child = member('H1', 1, 'child', { id_number: residentNumber('20200101', 1), authorisation_no: '' });
    const batch = await inState(service, (await create(gone, child, other)).id, 'done');
    expect(batch.counts).toMatchObject({ households: 2, accepted: 1, rejected: 1, rejectedRows: 2, reports: 1 });
    expect(await rejectsOf(batch)).toEqual([
      ['H1', 'authorisation_no', 'AUTHORISATION_EXPIRED'],
      ['H1', null, 'HOUSEHOLD_REJECTED'],
    ]);
    expect((await reportsOf(service, batch.id)).map(({ householdRef }) => householdRef)).toEqual(['H2']);
    const check = await send<Problem>('/v1/verifications', {
      asOf: '2026-11-15',
      programme: 'urban_dibao',
      verificationType: 'new_application',
      region: '520102',
      area: 'urban',
      persons: [
        {
          relation: 'applicant',
          idNumber: gone.id_number,
          name: gone.name,
          authorisationNo: gone.authorisation_no,
          authorisedOn: '2026-10-01',
        },
      ],
    });
    expect([check.status, check.body.code, check.body.errors?.[0]?.code]).toEqual([
      422,
      'HOUSEHOLD_REJECTED',
      'AUTHORISATION_EXPIRED',
    ]);
    // Another paper of the same person is another authorisation.
    const renewed = await inState(service, (await create({ ...gone, authorisation_no: 'P-new' })).id, 'done');
    expect(renewed.counts.accepted).toBe(1);
  });

  it('stops what is under way in mid-batch: what was sent is not shown, what was not sent is not asked', async () => {
    const rows = households(1500);
    const [sent = {}, waiting = {}] = [rows[3], rows[1203]];
    matcher.answering = false;
    const batch = await create(...rows);
    const seen = () => matcher.seen.filter(({ batchId }) => batchId === batch.id);
    await eventually(async () => seen().length === 1, { what: 'the first chunk is sent' });
    expect((await withdraw(sent)).body).toMatchObject({ stopped: 1, issued: 0 });
    expect((await withdraw(waiting)).body).toMatchObject({ stopped: 1, issued: 0 });
    expect((await withdraw(waiting)).body).toMatchObject({ stopped: 0 });
    matcher.answering = true;
    await matcher.answerKept();
    const done = await inState(service, batch.id, 'done');
    expect(done.counts).toMatchObject({ accepted: 1500, reports: 1498, withdrawn: 2 });
    expect(seen().map((chunk) => chunk.households.length)).toEqual([1000, 499]);
    const reports = await reportsOf(service, batch.id);
    const missing = ['H4', 'H1204'];
    expect(reports.map(({ householdRef }) => householdRef)).toEqual(
      rows.map((row) => row.household_ref).filter((ref) => !missing.includes(ref ?? '')),
    );
    const told = await eventually(async () => (endings.heard.length === 2 ? endings.heard : null));
    expect(told.map(({ batchId, reason, index }) => [batchId, reason, index]).sort()).toEqual([
      [batch.id, 'withdrawn', 203],
      [batch.id, 'withdrawn', 3],
    ]);
    for (const row of [sent, waiting]) {
      const [query] = (await account(row)).body.queries;
      expect(query).toMatchObject({ state: 'withdrawn' });
      expect(await problem(`/v1/reports/${query?.reportNo}`)).toEqual([409, 'AUTHORISATION_WITHDRAWN']);
      expect(await problem(`/v1/reports/${query?.reportNo}/explanation`)).toEqual([409, 'AUTHORISATION_WITHDRAWN']);
    }
    expect((await account(sent)).body.queries[0]).toMatchObject({ askedAt: expect.any(String) });
    expect((await account(waiting)).body.queries[0]).toMatchObject({ askedAt: null, sources: [] });
    // The others of a chunk that was sent without one of its households are explained from their own basis.
    const after = reports.find(({ householdRef }) => householdRef === 'H1300') as Report;
    const explained = await call(service, `/v1/reports/${after.reportNo}/explanation`);
    expect([explained.status, ((await explained.json()) as { digest: string }).digest]).toEqual([200, after.digest]);
  });

  it('ends a batch of whose households nobody is left', async () => {
    const only = somebody('H1');
    matcher.answering = false;
    const blocking = await create(somebody('B1'));
    await eventually(async () => matcher.seen.some(({ batchId }) => batchId === blocking.id));
    const batch = await create(only);
    await withdraw(only);
    expect(await batchOf(service, batch.id)).toMatchObject({
      state: 'done',
      counts: { accepted: 1, reports: 0, withdrawn: 1 },
    });
    matcher.answering = true;
    await matcher.answerKept();
    await inState(service, blocking.id, 'done');
    expect(matcher.seen.some(({ batchId }) => batchId === batch.id)).toBe(false);
  });

  it('stops a household that was read before, while its batch is still being received', async () => {
    const rows = households(2700).map((row, i) => ({ ...row, authorisation_no: `SLOW-${i}` }));
    const text = csv(...rows).split('\n');
    const answered = new Promise<Batch>((resolve, reject) => {
      const sending = request(`${service.url}/v1/batches?asOf=2026-11-15`, {
        method: 'POST',
        headers: { authorization: 'Bearer good', 'content-type': 'text/csv', 'transfer-encoding': 'chunked' },
      });
      sending.on('error', reject);
      sending.on('response', async (response) => {
        const pieces: Buffer[] = [];
        for await (const piece of response) pieces.push(piece as Buffer);
        resolve(JSON.parse(Buffer.concat(pieces).toString()) as Batch);
      });
      const begin = async () => {
        sending.write(`${text.slice(0, 2501).join('\n')}\n`);
        await eventually(async () => {
          const { rowCount } = await at.pool.query(`SELECT 1 FROM chunk WHERE state = 'held'`);
          return rowCount === 2;
        });
        expect((await withdraw(rows[7] ?? {})).body).toMatchObject({ stopped: 0 });
        sending.end(text.slice(2501).join('\n'));
      };
      begin().catch(reject);
    });
    const batch = await answered;
    expect(batch.counts).toMatchObject({ accepted: 2700, withdrawn: 1 });
    const done = await inState(service, batch.id, 'done');
    expect(done.counts).toMatchObject({ accepted: 2700, reports: 2699, withdrawn: 1 });
    const asked = matcher.seen.filter(({ batchId }) => batchId === batch.id).map((chunk) => chunk.households.length);
    expect(asked.reduce((sum, n) => sum + n, 0)).toBe(2699);
  });

  it('leaves reports that were issued before, and no further look', async () => {
    const row = somebody('H1');
    const batch = await inState(service, (await create(row)).id, 'done');
    expect((await withdraw(row)).body).toMatchObject({ stopped: 0, issued: 1 });
    const [report] = await reportsOf(service, batch.id);
    expect((await call(service, `/v1/reports/${report?.reportNo}`)).status).toBe(200);
    const replay = `/v1/reports/${report?.reportNo}/replay`;
    expect(await problem(replay, { method: 'POST' })).toEqual([409, 'AUTHORISATION_ENDED']);
    expect((await call(service, `${replay}?today=false`, { method: 'POST' })).status).toBe(200);
  });

  it('is carried to its end by the next start when the process died half-way', async () => {
    const row = somebody('H1');
    matcher.answering = false;
    const batch = await create(row);
    await withdraw(row);
    await at.pool.query(
      `WITH a AS (DELETE FROM household_ending WHERE chunk_no = (SELECT no FROM chunk WHERE batch_id = $1)),
         b AS (UPDATE authorisation_ending SET applied_at = NULL, ended_at = ended_at - interval '1 minute' WHERE seq = (SELECT max(seq) FROM authorisation_ending)),
         c AS (UPDATE chunk SET state = 'ready' WHERE batch_id = $1)
       UPDATE batch SET withdrawn = 0, state = 'running', finished_at = NULL WHERE id = $1`,
      [batch.id],
    );
    expect((await inState(service, batch.id, 'done')).counts).toMatchObject({ reports: 0, withdrawn: 1 });
    matcher.answering = true;
    await matcher.answerKept();
  });
});

describe('a household that was found not eligible', () => {
  const over = (batch: Batch) =>
    at.pool.query(
      `UPDATE chunk_report SET stored_at = stored_at - interval '6 days' WHERE chunk_no IN (SELECT no FROM chunk WHERE batch_id = $1)`,
      [batch.id],
    );
  const settled = async (batch: Batch) => {
    await over(batch);
    await eventually(async () => {
      const { rowCount } = await at.pool.query(
        `SELECT 1 FROM chunk_report JOIN chunk ON no = chunk_no WHERE batch_id = $1 AND NOT settled`,
        [batch.id],
      );
      return rowCount === 0;
    });
  };
  const failing = () => somebody('H1', { declared_wage: '99999.00' });

  it('keeps its authorisation until the objection period is over, and loses it then, for that programme', async () => {
    const row = failing();
    const batch = await inState(service, (await create(row)).id, 'done');
    expect((await inState(service, (await create(somebody('H9'))).id, 'done')).counts.accepted).toBe(1);
    await settled(batch);
    const again = await inState(service, (await create(row)).id, 'done');
    expect(await rejectsOf(again)).toEqual([['H1', 'authorisation_no', 'AUTHORISATION_EXPIRED']]);
    const elsewhere = await inState(service, (await create({ ...row, programme: 'dibao_margin' })).id, 'done');
    expect(elsewhere.counts).toMatchObject({ accepted: 1, reports: 1 });
    const [report] = await reportsOf(service, batch.id);
    expect((await call(service, `/v1/reports/${report?.reportNo}`)).status).toBe(200);
    expect(await problem(`/v1/reports/${report?.reportNo}/replay`, { method: 'POST' })).toEqual([
      409,
      'AUTHORISATION_ENDED',
    ]);
    expect((await account(row)).body.endings).toMatchObject([{ reason: 'not_eligible', programme: 'urban_dibao' }]);
  });

  it('keeps it when it was asked about again under the same paper: the newest report decides', async () => {
    const row = failing();
    const batch = await inState(service, (await create(row)).id, 'done');
    const objected = await inState(service, (await create({ ...row, declared_wage: '1.00' })).id, 'done');
    await settled(batch);
    await settled(objected);
    expect((await inState(service, (await create(row)).id, 'done')).counts.accepted).toBe(1);
  });
});

describe('a registered paper', () => {
  it('covers the persons registered under its number, its purposes, its sources and its days', async () => {
    const row = somebody('H1');
    const made = await register(row, { until: '2026-11-20' });
    expect([made.status, made.body.state]).toEqual([201, 'in_force']);
    expect(JSON.stringify(made.body)).not.toContain(row.id_number);
    expect((await register(row, { until: '2026-11-20' })).status).toBe(200);
    expect((await register(row, { until: '2026-11-21' })).body.code).toBe('AUTHORISATION_EXISTS');
    const read = (await (await call(service, `/v1/authorisations/${made.body.id}`)).json()) as Authorisation;
    expect(read).toEqual(made.body);
    expect((await inState(service, (await create(row)).id, 'done')).counts.accepted).toBe(1);
    const joined = member('H1', persons + 500, 'spouse', { authorisation_no: row.authorisation_no ?? '' });
    expect(await rejectsOf(await create(row, joined))).toEqual([
      ['H1', null, 'HOUSEHOLD_REJECTED'],
      ['H1', 'authorisation_no', 'AUTHORISATION_MISSING'],
    ]);
    for (const [over, code] of [
      [{ purposes: ['housing'] }, 'AUTHORISATION_MISSING'],
      [{ sources: ['tax'] }, 'AUTHORISATION_MISSING'],
      [{ signedOn: '2026-11-16' }, 'AUTHORISATION_MISSING'],
      [{ until: '2026-11-14' }, 'AUTHORISATION_EXPIRED'],
    ] as const) {
      const other = somebody('H1');
      await register(other, over);
      expect(await rejectsOf(await create(other))).toEqual([['H1', 'authorisation_no', code]]);
    }
  });

  it('names a guardian who is another person, and only when a guardian signed', async () => {
    const row = somebody('H1');
    const guardian = { idNumber: residentNumber('19600101', 7), name: '张四' };
    const made = await register(row, { kind: 'guardian', guardian });
    expect([made.status, made.body.guardian?.name]).toEqual([201, '张*']);
    for (const over of [
      { kind: 'guardian' },
      { guardian },
      { kind: 'guardian', guardian: { ...guardian, idNumber: row.id_number } },
      { dueOn: '2026-11-30' },
      { until: '2026-09-30' },
      { signedOn: '2026-02-30' },
      { person: { idNumber: '520000196203180014' } },
    ]) {
      const refused = await register(somebody('H2', { id_number: row.id_number ?? '' }), over);
      expect([over, refused.status, refused.body.code]).toEqual([over, 400, 'BODY_INVALID']);
      expect(JSON.stringify(refused.body)).not.toContain('520000');
    }
  });
});

describe('a green channel', () => {
  const green = { kind: 'green_channel', signedOn: '2026-11-10', dueOn: '2026-11-18' };
  const row = (ref: string) => somebody(ref, { verification_type: 'green_channel' });

  it('holds on when the signature comes, and ends when it does not: its reports count no longer', async () => {
    const [signed, unsigned] = [row('H1'), row('H2')];
    const paper = (await register(signed, green)).body;
    expect(paper.state).toBe('provisional');
    await register(unsigned, green);
    const batch = await inState(service, (await create(signed, unsigned)).id, 'done');
    expect(batch.counts).toMatchObject({ accepted: 2, reports: 2 });
    const signature = (signedOn: string) =>
      send<Authorisation & Problem>(`/v1/authorisations/${paper.id}/signature`, { signedOn });
    expect((await signature('2026-11-09')).body.code).toBe('BODY_INVALID');
    expect((await signature('2026-11-14')).body).toMatchObject({ state: 'in_force', signatureOn: '2026-11-14' });
    expect((await signature('2026-11-14')).status).toBe(200);
    expect((await signature('2026-11-13')).body.code).toBe('STATE_CONFLICT');
    const heard = endings.heard.length;
    today = day('2026-11-19');
    const later = await eventually(async () => {
      const known = await batchOf(service, batch.id);
      return known.counts.withdrawn === 1 ? known : null;
    });
    expect(later).toMatchObject({ state: 'done', counts: { accepted: 2, reports: 1, withdrawn: 1 } });
    expect((await reportsOf(service, batch.id)).map(({ householdRef }) => householdRef)).toEqual(['H1']);
    const [query] = (await account(unsigned)).body.queries;
    expect(query?.state).toBe('unauthorised');
    expect(await problem(`/v1/reports/${query?.reportNo}`)).toEqual([409, 'AUTHORISATION_ENDED']);
    const told = await eventually(async () => endings.heard[heard] ?? null);
    expect(told).toMatchObject({ batchId: batch.id, index: 1, reason: 'unauthorised' });
    const { body } = await account(unsigned);
    const late = `/v1/authorisations/${body.authorisations[0]?.id}/signature`;
    expect((await send<Problem>(late, { signedOn: '2026-11-18' })).body.code).toBe('AUTHORISATION_ENDED');
    today = day('2026-11-15');
  });
});

describe('the account of a citizen', () => {
  it('tells what was asked about the person, under which paper, and nothing of anybody else', async () => {
    const row = somebody('H1');
    const spouse = member('H1', persons + 700, 'spouse', {
      id_number: residentNumber('19720202', 77),
      authorisation_no: 'P-spouse',
    });
    const batch = await inState(service, (await create(row, spouse, somebody('H2'))).id, 'done');
    const [report] = await reportsOf(service, batch.id);
    const { body } = await account(spouse);
    expect(body).toEqual({
      person: { idType: 'resident_id', idNumber: expect.stringMatching(/^520000\*{8}....$/) },
      queries: [
        {
          reportNo: report?.reportNo,
          relation: 'spouse',
          programme: 'urban_dibao',
          purpose: 'assistance',
          verificationType: 'new_application',
          region: '520102',
          office: null,
          asOf: '2026-11-15',
          askedAt: expect.any(String),
          state: 'reported',
          authorisationNo: 'P-spouse',
          authorisedOn: '2026-10-01',
          authorisedUntil: null,
          sources: [
            { source: 'vehicle', state: 'no_reply' },
            { source: 'tax', state: 'answered' },
          ],
        },
      ],
      authorisations: [],
      endings: [],
      elsewhere: 0,
    });
    expect((await account(somebody('H3'))).body.queries).toEqual([]);
  });

  it('is on record, as are registrations, signatures and endings, without a name or a number', async () => {
    expect(await actions()).toEqual(
      expect.arrayContaining([
        'authorisation.end',
        'authorisation.read',
        'authorisation.register',
        'authorisation.sign',
        'citizen.account',
      ]),
    );
    const { rows } = await at.pool.query<{ body: string }>('SELECT body FROM audit_entry');
    for (const { body } of rows) expect(body).not.toMatch(/520000\d|张/);
    expect(at.logged()).not.toMatch(/520000\d{11}/);
  });
});
