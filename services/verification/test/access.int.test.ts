import {
  type Batch,
  type Caller,
  type PolicyProposal,
  type Problem,
  PURPOSES,
  purposeOf,
  type RejectedRow,
  type Report,
  type Unmasking,
} from '@hedui/contracts';
import { asReader, type ReaderRights } from '@hedui/postgres';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { READER } from '../src/access/reach.js';
import { findBatch, listBatches } from '../src/db/batches.js';
import { chunkNumbers, visiblePlaces } from '../src/db/chunks.js';
import { listRejects } from '../src/db/rejects.js';
import { findReportParts, readPackedBasis, readReportParts } from '../src/db/reports.js';
import { readReportNo } from '../src/identifiers.js';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { applicant, csv } from './support/people.js';
import {
  as,
  call,
  type Installation,
  inState,
  install,
  POLICY,
  post,
  publish,
  type RunningService,
} from './support/service.js';

const AT = '/v1/batches?asOf=2026-11-15';
const textCsv = { 'content-type': 'text/csv' };
const CITY: Partial<Caller> = { subject: 'city', regions: ['520100'] };
const ELSEWHERE: Partial<Caller> = { subject: 'elsewhere', regions: ['520300'] };

describe('who may see a household', () => {
  let at: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  let mixed: Batch;
  let reports: Report[];
  const get = async (path: string, over: Partial<Caller>) => await call(service, path, { headers: as(over) });
  const lines = async (path: string, over: Partial<Caller>): Promise<Report[]> =>
    (await (await get(path, over)).text())
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Report);
  const submit = async (rows: string, over: Partial<Caller>) =>
    (await (await post(service, AT, rows, { ...textCsv, ...as(over) })).json()) as Batch;

  beforeAll(async () => {
    at = await install();
    matcher = await startMatcher(at.log);
    service = await at.start();
    expect((await publish(service)).status).toBe(201);
    const rows = csv(
      applicant('A', 1, { region: '520102' }),
      applicant('B', 2, { region: '520103', programme: 'public_housing' }),
      applicant('C', 3, { region: '520103', id_number: '1' }),
    );
    const { id } = await submit(rows, { ...CITY, department: 'housing-office' });
    mixed = await inState(service, id, 'done');
    reports = await lines(`/v1/batches/${id}/reports`, {});
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  it('sees of a batch what lies within its purposes, and rejected rows only with all of them', async () => {
    expect(mixed.counts).toMatchObject({ accepted: 2, rejected: 1 });
    expect(reports.map((report) => report.householdRef)).toEqual(['A', 'B']);
    const path = `/v1/batches/${mixed.id}`;
    const seen = async (over: Partial<Caller>) => (await lines(`${path}/reports`, over)).map((r) => r.householdRef);
    expect(await seen({ ...CITY, purposes: ['assistance'] })).toEqual(['A']);
    expect(await seen({ ...CITY, purposes: ['housing'] })).toEqual(['B']);
    expect(await seen({ ...CITY, roles: ['auditor'], purposes: ['inspection'] })).toEqual(['A', 'B']);
    expect((await get(path, { ...CITY, roles: ['operator'], purposes: ['inspection'] })).status).toBe(404);
    expect((await get(`${path}/rejects`, { ...CITY, purposes: ['assistance'] })).status).toBe(403);
    expect((await get(`${path}/rejects`, { ...CITY, purposes: ['assistance', 'housing'] })).status).toBe(200);
    // One county of the two: the batch is not there, its household is.
    const county: Partial<Caller> = { regions: ['520102'] };
    expect((await get(path, county)).status).toBe(404);
    expect((await get(`/v1/reports/${reports[0]?.reportNo}`, county)).status).toBe(200);
    expect((await get(`/v1/reports/${reports[1]?.reportNo}`, county)).status).toBe(404);
  });

  it('takes in only what whoever submits it may see', async () => {
    const rows = csv(
      applicant('IN', 1, { region: '520102' }),
      applicant('OUT', 2, { region: '520303' }),
      applicant('FOR', 3, { region: '520102', programme: 'public_housing' }),
    );
    const batch = await submit(rows, { ...CITY, purposes: ['assistance'] });
    expect(batch.counts).toMatchObject({ accepted: 1, rejected: 2 });
    const page = await (await get(`/v1/batches/${batch.id}/rejects`, { ...CITY, purposes: ['assistance'] })).json();
    const { items } = page as { items: RejectedRow[] };
    expect(items.filter(({ ref }) => ref === 'OUT').map(({ code }) => code)).toContain('REGION_FORBIDDEN');
    expect(items.filter(({ ref }) => ref === 'FOR').map(({ code }) => code)).toEqual(['PURPOSE_FORBIDDEN']);
    expect((await post(service, AT, rows, { ...textCsv, ...as({ regions: [] }) })).status).toBe(403);
  });

  it('would see no more with the first wall gone: the tables show the restricted role only what its transaction was given', async () => {
    const rights: ReaderRights = { regionPrefixes: ['5201'], purposes: ['assistance', 'housing'], department: null };
    const at0 = readReportNo(reports[0]?.reportNo ?? '');
    if (at0 === null) throw new Error('no report');
    const seen = (over: Partial<ReaderRights>) =>
      asReader(at.pool, READER, { ...rights, ...over }, async (db) => {
        const chunks = await chunkNumbers(db, mixed.id as Parameters<typeof chunkNumbers>[1], 'reported');
        const [first = 0] = chunks;
        const id = mixed.id as Parameters<typeof findBatch>[1];
        return {
          batch: (await findBatch(db, id)) !== null,
          listed: (await listBatches(db, null, 10)).some((batch) => batch.id === mixed.id),
          chunks: chunks.length,
          places: (await visiblePlaces(db, first)).length,
          report: (await findReportParts(db, at0.chunkId, at0.place)) !== null,
          opened: (await readReportParts(db, first)) !== null,
          basis: (await readPackedBasis(db, at0.chunkId)) !== null,
          rejects: (await listRejects(db, id, { line: 0, no: 0 }, 10)).length > 0,
        };
      });
    const everything = {
      batch: true,
      listed: true,
      chunks: 1,
      places: 2,
      report: true,
      opened: true,
      basis: true,
      rejects: true,
    };
    const nothing = {
      batch: false,
      listed: false,
      chunks: 0,
      places: 0,
      report: false,
      opened: false,
      basis: false,
      rejects: false,
    };
    const basis = (await seen({})).basis;
    expect(await seen({})).toEqual({ ...everything, basis });
    expect(await seen({ regionPrefixes: [''], department: 'housing-office' })).toEqual({ ...everything, basis });
    expect(await seen({ regionPrefixes: [] })).toEqual(nothing);
    expect(await seen({ regionPrefixes: ['5203'] })).toEqual(nothing);
    expect(await seen({ purposes: [] })).toEqual(nothing);
    expect(await seen({ department: 'school-office' })).toEqual(nothing);
    expect(await seen({ department: '*' })).toEqual(nothing);
    // A part of it: the batch as a whole is not there, a chunk only through the households that are.
    expect(await seen({ regionPrefixes: ['520102'] })).toMatchObject({
      batch: false,
      rejects: false,
      chunks: 1,
      places: 1,
    });
    expect(await seen({ purposes: ['housing'] })).toMatchObject({
      batch: true,
      rejects: false,
      places: 1,
      report: false,
    });
  });

  it('has nothing as the restricted role when nobody said for whom, and may change nothing', async () => {
    const asRole = async (sql: string): Promise<number | null> => {
      const client = await at.pool.connect();
      try {
        await client.query('BEGIN');
        await client.query(`SET LOCAL ROLE ${READER}`);
        return (await client.query(sql)).rowCount;
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    };
    for (const table of ['batch', 'chunk', 'household', 'chunk_report', 'reject', 'unmasking']) {
      expect([table, await asRole(`SELECT * FROM ${table}`)]).toEqual([table, 0]);
      await expect(asRole(`DELETE FROM ${table}`)).rejects.toThrow('permission denied');
    }
    for (const table of ['idempotency_key', 'audit_entry', 'policy_proposal', 'outbox', 'report_print']) {
      await expect(asRole(`SELECT * FROM ${table}`)).rejects.toThrow(/permission denied|does not exist/);
    }
  });

  it('knows purposes in the database as in the program', async () => {
    const programmes = ['urban_dibao', 'public_housing', 'education', 'medical', 'temporary', 'tekun', 'anything'];
    const { rows } = await at.pool.query<{ purpose: string }>(
      'SELECT purpose_of(p) AS purpose FROM unnest($1::text[]) WITH ORDINALITY AS t (p, n) ORDER BY n',
      [programmes],
    );
    expect(rows.map((row) => row.purpose)).toEqual(programmes.map(purposeOf));
    expect(PURPOSES).toEqual(expect.arrayContaining(rows.map((row) => row.purpose)));
  });

  it('sees who stands behind a report when another person grants it, for a while, and nobody else does', async () => {
    const no = reports[0]?.reportNo;
    const asker: Partial<Caller> = { ...CITY, subject: 'asker', roles: ['reviewer'] };
    const other: Partial<Caller> = { ...CITY, subject: 'other', roles: ['reviewer'] };
    const ask = async (path: string, over: Partial<Caller>, body?: string) => {
      const headers = { ...as(over), ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const answer = await call(service, path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
      return { status: answer.status, json: (await answer.json()) as Unmasking & Problem };
    };
    const unmasked = (over: Partial<Caller>) => get(`/v1/reports/${no}?unmasked=true`, over);
    expect(await (await unmasked(asker)).json()).toMatchObject({ status: 403, code: 'UNMASKING_NEEDED' });

    const reason = JSON.stringify({ reason: 'objection', reference: 'YY-1' });
    expect((await ask(`/v1/reports/${no}/unmasking`, { ...asker, ...ELSEWHERE }, reason)).status).toBe(404);
    const asked = await ask(`/v1/reports/${no}/unmasking`, asker, reason);
    expect(asked).toMatchObject({ status: 202, json: { state: 'asked', askedBy: 'asker', until: null } });
    const approval = `/v1/unmaskings/${asked.json.id}/approval`;
    expect((await ask(approval, asker)).json).toMatchObject({ status: 409, code: 'SECOND_PERSON_NEEDED' });
    expect((await ask(approval, { ...other, ...ELSEWHERE })).status).toBe(404);
    expect((await unmasked(asker)).status).toBe(403);
    expect(await ask(approval, other)).toMatchObject({ status: 200, json: { state: 'granted', grantedBy: 'other' } });

    const shown = (await (await unmasked(asker)).json()) as Report;
    expect(shown.persons[0]?.idNumber).toMatch(/^520000\d{11}[\dX]$/);
    expect((await unmasked(other)).status).toBe(403);
    const masked = (await (await get(`/v1/reports/${no}`, asker)).json()) as Report;
    expect(masked.persons[0]?.idNumber).toContain('*');
    await at.pool.query(`UPDATE unmasking SET until = now() - interval '1 second'`);
    expect((await unmasked(asker)).status).toBe(403);
    // Who stands for two people has it at once.
    expect((await ask(`/v1/reports/${no}/unmasking`, { ...asker, secondedBy: 'second' }, reason)).status).toBe(201);
    const { rows } = await at.pool.query<{ action: string }>(
      `SELECT action FROM audit_entry WHERE action LIKE 'report%unmask%' ORDER BY seq`,
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'report.unmasking.ask',
      'report.unmasking.grant',
      'report.read.unmasked',
      'report.unmasking.grant',
    ]);
  });

  it('publishes a policy with another person, and no batch uses it before', async () => {
    const wang: Partial<Caller> = { subject: 'wang', roles: ['policy_maker'] };
    const li: Partial<Caller> = { subject: 'li', roles: ['policy_maker'] };
    const yaml = { 'content-type': 'application/yaml' };
    const text = POLICY.replace('version: 1\n', 'version: 2\n');
    const send = async (over: Partial<Caller>, body = text) => {
      const answer = await post(service, '/v1/policies', body, { ...yaml, ...as(over) });
      return { status: answer.status, json: (await answer.json()) as PolicyProposal & Problem };
    };
    const act = async (what: string, over: Partial<Caller>) => {
      const answer = await call(service, `/v1/policies/sample-city/versions/2/${what}`, {
        method: 'POST',
        headers: as(over),
      });
      return { status: answer.status, json: (await answer.json()) as PolicyProposal & Problem };
    };
    expect((await act('approval', li)).status).toBe(404);
    expect(await send(wang)).toMatchObject({
      status: 202,
      json: { state: 'proposed', version: 2, proposedBy: 'wang' },
    });
    expect((await send(wang)).status).toBe(202);
    expect(await send(li, text.replace('percent: 10', 'percent: 11'))).toMatchObject({
      status: 409,
      json: { code: 'POLICY_VERSION_PROPOSED' },
    });
    expect((await get('/v1/policies/sample-city/versions/2', wang)).status).toBe(404);
    expect((await post(service, `${AT}&policy=sample-city@2`, 'household_ref\n', textCsv)).status).toBe(400);
    expect((await act('approval', wang)).json).toMatchObject({ status: 409, code: 'SECOND_PERSON_NEEDED' });
    expect((await act(`approval?digest=${'0'.repeat(64)}`, li)).json).toMatchObject({ code: 'STATE_CONFLICT' });
    expect((await act('withdrawal', wang)).json).toMatchObject({ state: 'withdrawn' });
    expect((await act('approval', li)).json).toMatchObject({ code: 'STATE_CONFLICT' });
    expect((await send(wang)).status).toBe(202);
    expect((await act('approval', li)).status).toBe(201);
    expect((await act('approval', li)).status).toBe(200);
    expect((await send(wang)).status).toBe(200);
    expect((await get('/v1/policies/sample-city/versions/2', wang)).status).toBe(200);
    expect((await act('withdrawal', wang)).json).toMatchObject({ code: 'STATE_CONFLICT' });
    const { rows } = await at.pool.query(`SELECT proposed_by, approved_by FROM policy WHERE version = 2`);
    expect(rows).toEqual([{ proposed_by: 'wang', approved_by: 'li' }]);
    await expect(
      at.pool.query(
        `INSERT INTO policy (id, version, digest, canonical, effective_from, proposed_by, approved_by)
         SELECT id, 3, digest, canonical, effective_from, 'wang', 'wang' FROM policy WHERE version = 2`,
      ),
    ).rejects.toThrow('two_people');
  });
});
