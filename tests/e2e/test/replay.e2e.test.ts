import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type Batch,
  type DetectionRates,
  type Load,
  RECORD_TYPES,
  type RecordTypeName,
  type Replay,
  type Report,
  reportExplanationSchema,
  reportSchema,
} from '@hedui/contracts';
import { checkCharacter } from '@hedui/identity-numbers';
import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mesh, SAMPLE, startMesh } from './mesh.js';

const number = (sequence: number) => {
  const digits = `52000019800101${String(sequence).padStart(3, '0')}`;
  return digits + checkCharacter(digits);
};
const OWNER = `${number(11)},甲一`;
const EARNER = `${number(12)},乙二`;
const NOBODY = `${number(13)},丙三`;

const HEADERS: Record<RecordTypeName, string> = {
  income: 'record_id,id_number,name,period,income_item,gross_amount',
  registration: 'record_id,id_number,name,plate_no,plate_type,status,registered_on',
  account: 'record_id,id_number,name,account_no,opened_on,wage_base,balance,status',
  role: 'record_id,id_number,name,uscc,entity_name,entity_type,role,entity_status',
  marriage: 'record_id,id_number,name,spouse_id_number,spouse_name,state,event_date',
  death: 'record_id,id_number,name,death_date',
  assistance: 'record_id,id_number,name,programme,benefit_no,region,from_date',
};
const HOUSEHOLDS = [
  'household_ref,programme,verification_type,region,area,relation,id_number,name,authorisation_no,authorised_on',
  ...[OWNER, EARNER, NOBODY].map(
    (who, i) => `H${i + 1},urban_dibao,new_application,520102,urban,applicant,${who},SQ${i},2026-11-01`,
  ),
].join('\n');

describe('a report can be computed again after the sources have moved on', () => {
  let mesh: Mesh;
  let reports: Report[];
  beforeAll(async () => {
    mesh = await startMesh({ log: 'postgres' });
    expect((await mesh.hedui('policy', 'publish', path.join(SAMPLE, 'policy.yaml'))).status).toBe(0);
  }, 120_000);
  afterAll(async () => {
    await mesh?.remove();
  }, 60_000);

  async function put(type: RecordTypeName, mode: 'full' | 'delta', asOf: string, ...rows: string[]): Promise<void> {
    const source = RECORD_TYPES.find((entry) => entry.type === type)?.source ?? '';
    const answer = await mesh.fetch(`/v1/sources/${source}/${type}/loads?scope=520000&asOf=${asOf}&mode=${mode}`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: [HEADERS[type], ...rows].join('\n'),
    });
    expect(answer.status).toBe(202);
    const { id } = (await answer.json()) as Load;
    const look = async () => ((await (await mesh.fetch(`/v1/loads/${id}`)).json()) as Load).state === 'applied';
    await eventually(look, { within: 60_000, what: `${type} is applied` });
  }
  async function submit(): Promise<Report[]> {
    const answer = await mesh.fetch('/v1/batches?asOf=2026-11-15', {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: HOUSEHOLDS,
    });
    const { id } = (await answer.json()) as Batch;
    const done = async () => ((await (await mesh.fetch(`/v1/batches/${id}`)).json()) as Batch).state === 'done';
    await eventually(done, { within: 60_000, what: 'the batch is done' });
    const text = await (await mesh.fetch(`/v1/batches/${id}/reports`)).text();
    return text
      .trim()
      .split('\n')
      .map((line) => reportSchema.parse(JSON.parse(line)));
  }
  const reportOf = (ref: string) => reports.find(({ householdRef }) => householdRef === ref) ?? fail(ref);
  async function replay(ref: string): Promise<Replay> {
    const answer = await mesh.fetch(`/v1/reports/${reportOf(ref).reportNo}/replay`, {
      method: 'POST',
      headers: { prefer: 'wait=30' },
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Replay;
  }
  async function rates(): Promise<Omit<DetectionRates, 'knownOn'>> {
    const answer = await mesh.fetch('/v1/detection-rates?from=2026-01&to=2026-12&groupBy=programme,type');
    const { knownOn: _now, ...rest } = (await answer.json()) as DetectionRates;
    return rest;
  }

  it('gives reports from the first state of the sources', async () => {
    const first = '2026-11-10';
    await put('registration', 'full', first, `V-1,${OWNER},贵A00001,02,A,2020-01-01`);
    await put('income', 'full', first, `T-1,${EARNER},2026-10,wages,300.00`);
    for (const type of ['account', 'role', 'marriage', 'death', 'assistance'] as const) await put(type, 'full', first);
    reports = await submit();
    expect(reports.map(({ conclusion }) => conclusion)).toEqual(['does_not_meet', 'meets', 'meets']);
    expect(new Set(reports.map(({ digest }) => digest)).size).toBe(3);
    await eventually(async () => (await rates()).total.completed === 3, { within: 30_000, what: 'all are counted' });
  }, 240_000);

  it('gives each report again after corrections and withdrawals, and says what today’s data would change', async () => {
    const before = await rates();
    await put('registration', 'full', '2026-11-12');
    await put('income', 'delta', '2026-11-12', `T-1,${EARNER},2026-10,wages,90000.00`);
    await put('death', 'delta', '2026-11-12', `D-1,${NOBODY},2026-10-01`);

    const owner = await replay('H1');
    expect(owner).toMatchObject({ same: true, differences: [], replayedDigest: reportOf('H1').digest });
    expect(owner.digest).toBe(reportOf('H1').digest);
    expect(owner.today).toMatchObject({ same: false, conclusion: 'meets' });
    expect(owner.today?.differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'conclusion', was: 'does_not_meet', is: 'meets' }),
        expect.objectContaining({ what: 'finding_removed', name: 'VEHICLE_OWNED', recordId: 'V-1', is: null }),
        expect.objectContaining({
          what: 'source',
          name: 'vehicle',
          is: expect.objectContaining({ asOf: '2026-11-12' }),
        }),
      ]),
    );
    const earner = await replay('H2');
    expect(earner.same).toBe(true);
    expect(earner.today?.differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'figure', name: 'wage.verified', member: 1, was: '300.00', is: '90000.00' }),
        expect.objectContaining({ what: 'finding_added', name: 'INCOME_OVER', was: null }),
      ]),
    );
    const nobody = await replay('H3');
    expect(nobody.same).toBe(true);
    expect(nobody.today).toMatchObject({ conclusion: 'needs_review', tier: null });
    expect(nobody.today?.differences).toContainEqual(
      expect.objectContaining({ what: 'finding_added', name: 'MEMBER_DECEASED', member: 1 }),
    );
    expect(await rates()).toEqual(before);

    const [again] = await submit();
    expect(again).toMatchObject({ conclusion: 'meets' });
    expect(again?.digest).not.toBe(reportOf('H1').digest);
    const found = await (await mesh.fetch(`/v1/reports/${reportOf('H1').reportNo}`)).json();
    expect(found).toEqual(reportOf('H1'));
    await eventually(async () => (await rates()).total.detected.count === 1, { within: 30_000, what: 'it is counted' });
    // The second batch put its own reports in the place of the first; the replays before it counted for nothing.
    expect((await rates()).total.completed).toBe(3);
  }, 240_000);

  it('explains a report from its own data, and by the command line', async () => {
    const { reportNo, digest } = reportOf('H1');
    const answer = await mesh.fetch(`/v1/reports/${reportNo}/explanation`);
    const explanation = reportExplanationSchema.parse(await answer.json());
    expect(explanation).toMatchObject({ reportNo, digest, agrees: true, persons: reportOf('H1').persons });
    expect(explanation.conclusion.conclusion).toBe('does_not_meet');
    expect(explanation.findings.find(({ code }) => code === 'VEHICLE_OWNED')?.record).toMatchObject({
      registeredOn: '2020-01-01',
    });
    const told = await mesh.hedui('report', 'explain', reportNo);
    expect(told.status).toBe(0);
    expect(told.out).toContain(explanation.conclusion.text.zh);
    const replayed = await mesh.hedui('report', 'replay', reportNo, '--no-today');
    expect(replayed).toMatchObject({ status: 0, out: expect.stringContaining('the same report again') });
    const shown = [told.out, replayed.out, JSON.stringify(explanation)].join('\n');
    for (const secret of [number(11), '甲一', '00001']) expect(shown).not.toContain(secret);
  });

  it('does the same for a single check', async () => {
    const [idNumber, name] = OWNER.split(',');
    const persons = [{ relation: 'applicant', idNumber, name, authorisationNo: 'SQ1', authorisedOn: '2026-11-01' }];
    const kind = { programme: 'urban_dibao', verificationType: 'new_application', region: '520102', area: 'urban' };
    const answer = await mesh.fetch('/v1/verifications', {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'wait=30' },
      body: JSON.stringify({ asOf: '2026-11-15', ...kind, persons }),
    });
    const report = reportSchema.parse(await answer.json());
    const replayed = await mesh.fetch(`/v1/reports/${report.reportNo}/replay`, {
      method: 'POST',
      headers: { prefer: 'wait=30' },
    });
    expect(await replayed.json()).toMatchObject({ same: true, today: { same: true, differences: [] } });
  });

  it('shows a department nothing of a household that others submitted, and lets it replay nothing', async () => {
    const { roles } = JSON.parse(await readFile(path.join(mesh.home, 'profile.json'), 'utf8')) as {
      roles: Record<string, string>;
    };
    const headers = { authorization: `Bearer ${roles.department}` };
    const { reportNo } = reportOf('H1');
    expect((await mesh.fetch(`/v1/reports/${reportNo}/explanation`, { headers })).status).toBe(404);
    expect((await mesh.fetch(`/v1/reports/${reportNo}/replay`, { headers, method: 'POST' })).status).toBe(403);
  });

  it('is given as a document and as a letter, in both languages, with everything masked', async () => {
    const reportNo = reports[0]?.reportNo ?? '';
    const ask = (query: string) => mesh.fetch(`/v1/reports/${reportNo}/document?${query}`);
    for (const kind of ['report', 'letter']) {
      const pdf = await ask(`kind=${kind}`);
      expect([pdf.status, pdf.headers.get('content-type')]).toEqual([200, 'application/pdf']);
      expect(
        Buffer.from(await pdf.arrayBuffer())
          .subarray(0, 5)
          .toString(),
      ).toBe('%PDF-');
      const html = await (await ask(`kind=${kind}&format=html`)).text();
      expect(html).toContain(reportNo);
      expect(html).not.toContain('甲一');
      expect(html).not.toContain(number(11));
    }
    expect(await (await ask('format=html&language=zh')).text()).toContain('居民家庭经济状况核对报告');
    expect((await ask('format=docx')).status).toBe(400);
    expect((await mesh.fetch('/v1/reports/R000/document')).status).toBe(404);
  });
});

function fail(ref: string): never {
  throw new Error(`there is no report of ${ref}`);
}
