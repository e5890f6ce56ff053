import { explain, foldIncome, policyFromCanonical } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { compareFindings } from '../src/order.js';
import { a, compiled, found, household, outcome, samplePolicy, someone, told, withProgramme } from './given.js';
import { assessWorld, toArguments } from './plain/adapter.js';
import { fen } from './plain/arithmetic.js';
import type { PlainRecord, World } from './plain/world.js';

const explained = (world: World) => explain(...toArguments(compiled(world.policy), world)).arithmetic;
const pay = (recordId: string, period: string, item: string, yuan: string): PlainRecord =>
  a('income', { recordId, period, item, gross: fen(yuan) });

describe('income by month (README §4, §14)', () => {
  it('tells tax, fund and what was taken for each month of the window, and the other categories by month', () => {
    const records = [
      pay('R1', '2025-11', 'wages', '300'),
      pay('R2', '2025-12', 'wages', '200'),
      pay('R3', '2026-01', 'labour_service', '100'),
      pay('R4', '2026-09', 'wages', '50'),
      pay('R5', '2026-10', 'operating', '5'),
      pay('R6', '2026-10', 'property_lease', '6'),
      pay('R7', '2026-09', 'incidental', '7'),
      pay('R8', '2026-11', 'operating', '999'),
      a('account', { openedOn: '2025-10-01', paidThrough: '2026-01', wageBase: fen('200') }),
    ];
    const [member] = explained(household({ records })).members;
    const months = member?.income.wage.months.map((m) => [m.month, m.tax, m.fund, m.taken, m.amount]);
    expect(months).toEqual([
      ['2025-11', '300.00', '200.00', 'tax', '300.00'],
      ['2025-12', '200.00', '200.00', 'tax', '200.00'],
      ['2026-01', '100.00', '200.00', 'fund', '200.00'],
      ...['2026-02', '2026-03', '2026-04', '2026-05', '2026-06', '2026-07', '2026-08'].map((month) => [
        month,
        '0.00',
        '0.00',
        'none',
        '0.00',
      ]),
      ['2026-09', '50.00', '0.00', 'tax', '50.00'],
      ['2026-10', '0.00', '0.00', 'none', '0.00'],
    ]);
    expect(member?.income.wage.verified).toBe('750.00');
    expect(member?.income.operating.months).toEqual([{ month: '2026-10', amount: '5.00' }]);
    expect(member?.income.property.months).toEqual([{ month: '2026-10', amount: '6.00' }]);
    expect(member?.income.other.months).toEqual([{ month: '2026-09', amount: '7.00' }]);
  });

  it('tells the months of a person without an account too', () => {
    const [member] = explained(household({ records: [pay('R1', '2026-05', 'wages', '8')] })).members;
    expect(member?.income.wage.months.filter((m) => m.taken !== 'none')).toEqual([
      { month: '2026-05', tax: '8.00', fund: '0.00', taken: 'tax', amount: '8.00' },
    ]);
  });

  it('adds the records of a month up, and gives the months in their order', () => {
    const world = household({
      records: [
        pay('R1', '2026-10', 'wages', '1'),
        pay('R2', '2025-12', 'wages', '2'),
        pay('R3', '2026-10', 'author_royalty', '3'),
        pay('R4', '2026-02', 'incidental', '4'),
      ],
    });
    const [, , [facts]] = toArguments(compiled(world.policy), world);
    expect(facts?.income.map((m) => [m.wage, m.operating, m.property, m.other])).toEqual([
      [200, 0, 0, 0],
      [0, 0, 0, 400],
      [400, 0, 0, 0],
    ]);
    expect(foldIncome([])).toEqual([]);
  });

  it('falls to nothing, never below it, where a version of old deducts more than a wage', () => {
    const document = { ...samplePolicy(), employmentCost: { percent: 300, monthlyCap: '99999' } };
    const world = household({ persons: [someone('applicant', { wage: '100' })] });
    const result = assessWorld(policyFromCanonical(JSON.stringify(document)), world);
    expect([result.annualIncome, result.income[0]?.deduction]).toEqual([0, 300_00]);
  });
});

describe('support step by step (README §6, §14)', () => {
  const supported = (change: Parameters<typeof someone>[1], records: PlainRecord[] = []) =>
    explained(
      household({
        persons: [someone('applicant'), someone('supporter', change)],
        records: records.map((r) => ({ ...r, row: 2 })),
      }),
    ).supporters[0];

  it('is exact before the one rounding', () => {
    // The line is 12 × 2 × 735.00 × 1.5 = 26460.00; half of 1.01 above it, by three.
    expect(supported({ other: '26461.01', size: 2, supported: 3 })).toMatchObject({
      amount: '0.16',
      basis: 'formula',
      benefitRecordId: null,
      formula: { assessed: '26461.01', line: '26460.00', excess: '1.01', share: '0.505' },
    });
    expect(supported({ other: '5' })).toMatchObject({
      amount: '0.00',
      formula: { assessed: '5.00', line: '13230.00', excess: '0.00', share: '0.00' },
    });
  });

  it('counts one who is supported where the declaration says nobody', () => {
    expect(supported({ other: '13232', supported: 0 })).toMatchObject({ amount: '1.00', supportedPersons: 1 });
  });

  it('is exact to the fen where a double is a fraction of a fen short', () => {
    const policy = { ...samplePolicy(), supporter: { standardMultiple: 0, ratePercent: 33.33 } };
    const persons = [someone('applicant'), someone('supporter', { other: '99000000000.13' })];
    // 9900000000013 fen × 33.33 % = 3299670000004.3329
    expect(outcome(household({ policy, persons })).support[0]?.amount).toBe(3_299_670_000_004);
  });

  it('names the benefit that makes a recipient, and no formula', () => {
    const records = [a('assistance', { recordId: 'R1', programme: 'medical' }), a('assistance', { recordId: 'R2' })];
    expect(supported({ other: '99999' }, records)).toMatchObject({
      basis: 'recipient',
      amount: '0.00',
      benefitRecordId: 'R2',
      formula: null,
    });
  });

  it.each([
    ['a large income', { other: '99999999999.99' }, '49999993384.99'],
    ['a large household', { other: '99999999999.99', size: 1_000_000 }, '43384999999.99'],
  ])('gives the same by either way of reckoning: %s', (_what, change, amount) => {
    const line = supported(change);
    const given = outcome(household({ persons: [someone('applicant'), someone('supporter', change)] })).support[0];
    expect([line?.amount, given?.amount]).toEqual([amount, Number(fen(amount))]);
  });
});

describe('which of several records decides', () => {
  const divorced = (recordId: string, eventDate: string): PlainRecord =>
    a('marriage', { recordId, eventDate, state: 'divorced' });

  it.each([
    ['Z', 'A'],
    ['A', 'Z'],
  ])('of two marriage events the later by date: %s before %s', (first, second) => {
    const records = [divorced(first, '2026-10-01'), divorced(second, '2026-10-02')];
    expect(found(household({ records }))).toEqual([`RECENT_DIVORCE@1#${second}`]);
    expect(found(household({ records: [...records].reverse() }))).toEqual([`RECENT_DIVORCE@1#${second}`]);
  });

  it('of the persons with the document of the spouse the member, by row', () => {
    const world = household({
      persons: [someone('applicant'), someone('child'), someone('spouse'), someone('supporter')],
      records: [a('marriage', { spouse: 'P3' }), a('marriage', { row: 2, spouse: 'P4' })],
    });
    const { declared } = explain(...toArguments(compiled(world.policy), world));
    expect(declared.members.map((m) => m.spouse?.member)).toEqual([3, null, undefined]);
  });

  it('of two deaths the earlier, in either order, and none after T', () => {
    const died = (deathDate: string): PlainRecord => a('death', { row: 2, deathDate });
    const dates = ['2026-02-02', '2026-03-03', '2026-11-16'];
    for (const order of [dates, [...dates].reverse()]) {
      const world = household({
        persons: [someone('applicant'), someone('spouse')],
        records: order.map(died),
      });
      expect(outcome(world).findings.map((f) => f.detail)).toEqual([{ deathDate: '2026-02-02' }]);
    }
  });
});

describe('the tests of a programme that has one of them alone (README §8)', () => {
  const only = (test: object): World['policy'] => {
    const policy = samplePolicy();
    policy.programmes.urban_dibao = { requires: [], ...test };
    policy.exclusiveProgrammes = ['tekun'];
    policy.tiers = [{ programme: 'urban_dibao', code: 'tier' }];
    return policy;
  };
  const world = (test: object): World =>
    household({
      policy: only(test),
      persons: [someone('applicant', { other: '46000' })],
      records: [
        a('registration'),
        a('account', { balance: fen('735.01') }),
        a('role', { role: 'investor', capital: fen('5.01') }),
        a('assistance', { programme: 'tekun' }),
      ],
    });
  it.each([
    [{}, [], 'tier'],
    [{ incomeCeiling: 5 }, ['INCOME_OVER'], 'none'],
    [{ incomeCeilingDisposable: true }, ['INCOME_OVER'], 'none'],
    [{ expenditureTest: true }, ['EXPENDITURE_LOW'], 'none'],
    [{ maxVehicles: 0 }, ['VEHICLE_OWNED@1#R1'], 'none'],
    [{ maxVehicles: 1 }, [], 'tier'],
    [{ fundBalanceMonths: 1 }, ['FUND_BALANCE_OVER'], 'tier'],
    [{ fundBalanceMonths: 1.01 }, [], 'tier'],
    [{ investorCapital: '5.00' }, ['COMPANY_INVESTOR@1#R1'], 'none'],
    [{ investorCapital: '5.01' }, [], 'tier'],
  ])('%j', (test, codes, tier) => {
    const result = outcome(world(test));
    expect([told(result.findings), result.tier]).toEqual([codes, tier]);
  });

  it('excludes other benefits where the programme itself is exclusive', () => {
    const policy = { ...only({}), exclusiveProgrammes: ['urban_dibao', 'tekun'] };
    const result = outcome({ ...world({}), policy });
    expect([told(result.findings), result.tier]).toEqual([['DUPLICATE_BENEFIT@1#R1'], 'none']);
  });
});

describe('the order of a report (README §12)', () => {
  it('is by code, member, record id, with the own first', () => {
    const policy = withProgramme('urban_dibao', {});
    const persons = [someone('applicant', { other: '99999' }), someone('spouse')];
    const records = [
      a('registration', { row: 2, recordId: 'A' }),
      a('registration', { recordId: 'C' }),
      a('registration', { recordId: 'B' }),
      a('income', { row: 2, sameName: false }),
      a('registration', { row: 1, recordId: 'Z', sameName: false }),
    ];
    expect(found(household({ policy, persons, records }))).toEqual([
      'ID_NAME_MISMATCH@1',
      'ID_NAME_MISMATCH@2',
      'VEHICLE_OWNED@1#B',
      'VEHICLE_OWNED@1#C',
      'VEHICLE_OWNED@2#A',
      'INCOME_OVER',
    ]);
  });

  it('puts the own of a household before its members, and no record before any', () => {
    const base = { code: 'FUND_LOAN', effect: 'review', source: 'housing_fund', detail: {} } as const;
    const own = { ...base, member: null, recordId: null };
    const person = { ...base, member: 1, recordId: null };
    const record = { ...base, member: 1, recordId: 'A' };
    expect([record, person, own].sort(compareFindings)).toEqual([own, person, record]);
    expect([own, person, record].sort(compareFindings)).toEqual([own, person, record]);
    expect(compareFindings(own, { ...own })).toBe(0);
  });
});
