import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Day, parseDay } from '@hedui/contracts';
import { parsePolicy } from '@hedui/means-test';
import { openTable } from '@hedui/tables';
import { everyone } from '@hedui/testing';
import { describe, expect, it } from '@jest/globals';
import { BATCH_COLUMNS } from '../src/intake/columns.js';
import { createGrouper, type RowGroup } from '../src/intake/groups.js';
import { createJudge, type Judgement } from '../src/intake/judge-household.js';
import { applicant, csv, member, type Row, residentNumber } from './support/people.js';

const asOf = parseDay('2026-11-15') as Day;
const parsed = parsePolicy(
  readFileSync(path.join(__dirname, '../../../infra/local/sample/policy.yaml'), 'utf8'),
  'yaml',
);
if (!parsed.ok) throw new Error('the sample policy is not valid');
const judge = createJudge(parsed.policy, asOf, everyone());

async function* bytes(text: string | Buffer): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function judgeText(text: string | Buffer, limit = 200): Promise<{ group: RowGroup; judgement: Judgement }[]> {
  const table = await openTable(bytes(text), { format: 'csv', columns: BATCH_COLUMNS });
  const grouper = createGrouper(limit);
  const groups: RowGroup[] = [];
  for await (const rows of table.rows()) for (const row of rows) groups.push(...grouper.push(row));
  groups.push(...grouper.end());
  return groups.map((group) => ({ group, judgement: judge(group) }));
}

/** Reasons as `line column CODE`, of all households. */
async function reasons(rows: readonly Row[], limit?: number): Promise<string[]> {
  const judged = await judgeText(csv(...rows), limit);
  return judged.flatMap(({ judgement }) =>
    judgement.ok ? [] : judgement.rejects.map((r) => `${r.line} ${r.column ?? '-'} ${r.code}`),
  );
}

const child = (over: Row = {}) =>
  member('H1', 9, 'child', {
    id_number: residentNumber('20150101', 17),
    authorisation_no: '',
    authorised_on: '',
    ...over,
  });
const one = (over: Row = {}) => [applicant('H1', 1, over)];
const two = (over: Row = {}, first: Row = {}) => [applicant('H1', 1, first), member('H1', 2, 'spouse', over)];

describe('what makes a household be refused', () => {
  const cases: [name: string, rows: Row[], wanted: string[]][] = [
    ['nothing', two(), []],
    ['a minor needs no authorisation', [...one(), child()], []],
    ['blank reference', one({ household_ref: '' }), ['2 household_ref COLUMN_MISSING']],
    ['blank household column on the first row', one({ region: '' }), ['2 region COLUMN_MISSING']],
    ['blank verification type', one({ verification_type: '' }), ['2 verification_type COLUMN_MISSING']],
    ['blank name', one({ name: '' }), ['2 name COLUMN_MISSING']],
    ['blank relation', two({ relation: '' }), ['3 relation COLUMN_MISSING', '2 - HOUSEHOLD_REJECTED']],
    ['blank number', two({ id_number: '' }), ['3 id_number COLUMN_MISSING', '2 - HOUSEHOLD_REJECTED']],
    ['number with a wrong check digit', one({ id_number: '520000196203180014' }), ['2 id_number ID_INVALID']],
    ['15 digits with no such date', one({ id_number: '520000781323450' }), ['2 id_number ID_INVALID']],
    ['masked number', one({ id_number: '520000********0013' }), ['2 id_number ID_MASKED']],
    ['masked name', one({ name: '张*' }), ['2 name ID_MASKED']],
    [
      'born after the as-of date',
      [...one(), child({ id_number: residentNumber('20261116', 3) })],
      ['3 id_number ID_INVALID', '2 - HOUSEHOLD_REJECTED'],
    ],
    ['born on the as-of date', [...one(), child({ id_number: residentNumber('20261115', 3) })], []],
    ['unknown document type', one({ id_type: 'driving_licence' }), ['2 id_type VALUE_INVALID']],
    ['number in scientific notation', one({ id_number: '5.20001E+17' }), ['2 id_number EXCEL_DAMAGED']],
    ['money in scientific notation', one({ declared_wage: '1.5E+04' }), ['2 declared_wage EXCEL_DAMAGED']],
    ['money with a separator', one({ declared_wage: '12,345.00' }), ['2 declared_wage VALUE_INVALID']],
    ['negative money', one({ rigid_expenditure: '-1' }), ['2 rigid_expenditure VALUE_INVALID']],
    ['no such date', one({ authorised_until: '2026-02-30' }), ['2 authorised_until VALUE_INVALID']],
    ['unknown code', one({ marital_status: 'single' }), ['2 marital_status VALUE_INVALID']],
    ['code in another case', two({ relation: 'Spouse' }), ['3 relation VALUE_INVALID', '2 - HOUSEHOLD_REJECTED']],
    ['region of five digits', one({ region: '52010' }), ['2 region VALUE_INVALID']],
    [
      'zero persons supported',
      [...one(), child({ relation: 'supporter', supported_persons: '0' })],
      ['3 supported_persons VALUE_INVALID', '2 - HOUSEHOLD_REJECTED'],
    ],
    ['no applicant', one({ relation: 'parent' }), ['2 - APPLICANT_COUNT']],
    ['two applicants', two({ relation: 'applicant' }), ['2 - APPLICANT_COUNT', '3 - HOUSEHOLD_REJECTED']],
    ['programme unknown', one({ programme: 'education' }), ['2 - PROGRAMME_UNKNOWN']],
    [
      'programme unknown, region unreadable',
      one({ programme: 'education', region: 'x' }),
      ['2 - PROGRAMME_UNKNOWN', '2 region VALUE_INVALID'],
    ],
    ['programme of the other area', one({ programme: 'rural_dibao' }), ['2 - AREA_MISMATCH']],
    ['no standard', one({ region: '530102' }), ['2 - STANDARD_MISSING']],
    ['no authorisation number', one({ authorisation_no: '' }), ['2 authorisation_no AUTHORISATION_MISSING']],
    ['not signed', one({ authorised_on: '' }), ['2 authorised_on AUTHORISATION_MISSING']],
    ['signed the day after', one({ authorised_on: '2026-11-16' }), ['2 authorised_on AUTHORISATION_MISSING']],
    ['signed on the day', one({ authorised_on: '2026-11-15' }), []],
    ['authorised until the day', one({ authorised_until: '2026-11-15' }), []],
    [
      'authorised until the day before',
      one({ authorised_until: '2026-11-14' }),
      ['2 authorised_until AUTHORISATION_EXPIRED'],
    ],
    [
      'eighteen today, unsigned',
      [...one(), child({ id_number: residentNumber('20081115', 3), authorised_on: '2026-10-01' })],
      ['3 authorisation_no AUTHORISATION_MISSING', '2 - HOUSEHOLD_REJECTED'],
    ],
    ['eighteen tomorrow, unsigned', [...one(), child({ id_number: residentNumber('20081116', 3) })], []],
    [
      'a supporter unsigned',
      two({ relation: 'supporter', authorisation_no: '' }),
      ['3 authorisation_no AUTHORISATION_MISSING', '2 - HOUSEHOLD_REJECTED'],
    ],
    [
      'a passport tells no age',
      [...one(), child({ id_type: 'passport', id_number: 'E1234567' })],
      ['3 authorisation_no AUTHORISATION_MISSING', '3 authorised_on AUTHORISATION_MISSING', '2 - HOUSEHOLD_REJECTED'],
    ],
    [
      'the same person twice',
      two({ id_number: applicant('H1', 1).id_number ?? '' }),
      ['3 id_number PERSON_REPEATED', '2 - HOUSEHOLD_REJECTED'],
    ],
    [
      'the same person in 15 and 18 digits',
      [
        applicant('H1', 1, { id_number: '520000781223450' }),
        member('H1', 2, 'spouse', { id_number: '520000197812234501' }),
      ],
      ['3 id_number PERSON_REPEATED', '2 - HOUSEHOLD_REJECTED'],
    ],
    [
      'another region on a later row',
      two({ region: '520103' }),
      ['3 region HOUSEHOLD_CONTRADICTORY', '2 - HOUSEHOLD_REJECTED'],
    ],
    [
      'a benefit number only on a later row',
      two({ benefit_no: 'B1' }),
      ['3 benefit_no HOUSEHOLD_CONTRADICTORY', '2 - HOUSEHOLD_REJECTED'],
    ],
    ['the same household columns on a later row', two({ region: '520102', programme: 'urban_dibao' }), []],
    [
      'all reasons at once',
      two(
        {
          id_number: applicant('H1', 1).id_number ?? '',
          declared_wage: 'many',
          authorised_until: '2020-01-01',
          relation: 'applicant',
        },
        { region: '530102', name: '' },
      ),
      [
        '2 - STANDARD_MISSING',
        '2 - APPLICANT_COUNT',
        '2 name COLUMN_MISSING',
        '3 declared_wage VALUE_INVALID',
        '3 id_number PERSON_REPEATED',
        '3 authorised_until AUTHORISATION_EXPIRED',
      ],
    ],
  ];
  it.each(cases)('%s', async (_name, rows, wanted) => {
    expect(await reasons(rows)).toEqual(wanted);
  });

  it('more rows than the limit: the household is refused whole, each further row by itself', async () => {
    const rows = [applicant('H1', 1), ...[2, 3, 4].map((n) => member('H1', n, 'other')), applicant('H2', 5)];
    expect(await reasons(rows, 2)).toEqual([
      '2 - HOUSEHOLD_TOO_LARGE',
      '3 - HOUSEHOLD_REJECTED',
      '4 - HOUSEHOLD_REJECTED',
      '5 - HOUSEHOLD_REJECTED',
    ]);
  });

  it('a row without a reference joins no household, and a broken row is never lost', async () => {
    const text = csv(applicant('H1', 1), applicant('', 2), applicant('H2', 3));
    const judged = await judgeText(`${text}\nH3,too,few\n`);
    expect(judged.map(({ group, judgement }) => [group.ref, judgement.ok])).toEqual([
      ['H1', true],
      ['', false],
      ['H2', true],
      ['H3', false],
    ]);
  });
});

describe('what an accepted household holds', () => {
  it('the defaults of blank cells, and nothing of a supporter on a member', async () => {
    const rows = [
      applicant('H1', 1, { declared_wage: '', household_size: '7', agreed_support: '5' }),
      member('H1', 2, 'supporter', { household_size: '3', agreed_support: '1200.00', marital_status: 'married' }),
    ];
    const [judged] = await judgeText(csv(...rows));
    if (!judged?.judgement.ok) throw new Error('refused');
    const { household } = judged.judgement;
    expect(household).toMatchObject({ ref: 'H1', programme: 'urban_dibao', region: '520102', benefitNo: null });
    expect(household.persons).toMatchObject([
      {
        line: 2,
        declared: [0, 0, 0, 0, 0],
        householdSize: 1,
        supportedPersons: 1,
        agreedSupport: null,
        maritalStatus: null,
      },
      { line: 3, householdSize: 3, supportedPersons: 1, agreedSupport: 120_000, maritalStatus: 'married' },
    ]);
  });
});

const root = path.join(__dirname, '../../..');
describe.each([
  ['the sample city', path.join(root, 'infra/local/sample/city')],
  ['the hard city', path.join(root, 'tests/e2e/fixtures/hard-city')],
])('%s', (_name, folder) => {
  it('has exactly the refused households refused, each with its reason', async () => {
    const rejected = JSON.parse(readFileSync(path.join(folder, 'rejected.json'), 'utf8')) as Record<string, string>;
    const judged = await judgeText(readFileSync(path.join(folder, 'households.csv')));
    const times = new Map<string, number>();
    for (const { group } of judged) times.set(group.ref, (times.get(group.ref) ?? 0) + 1);
    const codes = new Map<string, string[]>();
    for (const { group, judgement } of judged) {
      const own = judgement.ok ? [] : judgement.rejects.map((r) => r.code as string);
      if ((times.get(group.ref) ?? 0) > 1) own.push('HOUSEHOLD_REF_REPEATED');
      if (own.length > 0) codes.set(group.ref, [...(codes.get(group.ref) ?? []), ...own]);
    }
    expect([...codes.keys()].sort()).toEqual(Object.keys(rejected).sort());
    for (const [ref, code] of Object.entries(rejected))
      expect([ref, codes.get(ref)]).toEqual([ref, expect.arrayContaining([code])]);
  });
});
