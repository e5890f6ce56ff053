import { describe, expect, it } from '@jest/globals';
import { a, found, household, outcome, samplePolicy, someone, withProgramme } from './given.js';
import { fen } from './plain/arithmetic.js';
import type { PlainRecord } from './plain/world.js';

const earning = (other: string, rigid = '0') => [someone('applicant', { other, rigid })];
const raised = (codes: string[], code: string): boolean => codes.some((c) => c === code || c.startsWith(`${code}@`));

describe('INCOME_OVER (README §8.1)', () => {
  // B 735.00: dibao 8820.00 a head, margin 13230.00, public housing 35280.00; D 46000.00.
  it.each([
    ['urban_dibao', '8819.99', false],
    ['urban_dibao', '8820.00', true],
    ['urban_dibao', '8820.01', true],
    ['dibao_margin', '13229.99', false],
    ['dibao_margin', '13230.00', true],
    ['public_housing', '35279.99', false],
    ['public_housing', '35280.00', true],
    ['rigid_expenditure', '45999.99', false],
    ['rigid_expenditure', '46000.00', true],
  ])('%s with an income of %s: %s', (programme, other, over) => {
    expect(raised(found(household({ programme, persons: earning(other) })), 'INCOME_OVER')).toBe(over);
  });

  it('multiplies by the counted members', () => {
    const persons = [...earning('17639.99'), someone('child')];
    expect(found(household({ persons }))).toEqual([]);
    expect(found(household({ persons: [...earning('17640.00'), someone('child')] }))).toEqual(['INCOME_OVER']);
  });

  it('compares without dividing: a ceiling of a fraction of a fen', () => {
    const policy = withProgramme('urban_dibao', { incomeCeiling: 0.33 }); // 0.33 × 735.01 × 12 = 2910.6396
    policy.standards = [{ region: '520000', area: 'urban', from: '2025-01-01', monthly: '735.01' }];
    expect(found(household({ policy, persons: earning('2910.63') }))).toEqual([]);
    expect(found(household({ policy, persons: earning('2910.64') }))).toEqual(['INCOME_OVER']);
    expect(outcome(household({ policy, persons: earning('2910.64') })).findings[0]?.detail).toEqual({
      ceiling: 'multiple',
      limit: '2910.64',
      annualIncome: '2910.64',
    });
  });

  it.each([
    ['8820.00', 'multiple', '8820.00'],
    ['46000.00', 'both', '8820.00'],
  ])('with both ceilings either one fails: %s', (other, ceiling, limit) => {
    const policy = withProgramme('urban_dibao', { incomeCeilingDisposable: true });
    const result = outcome(household({ policy, persons: earning(other) }));
    expect(result.findings[0]?.detail).toEqual({ ceiling, limit, annualIncome: other });
  });

  it('with both ceilings, the disposable income alone', () => {
    const policy = withProgramme('urban_dibao', { incomeCeiling: 9, incomeCeilingDisposable: true });
    const [finding] = outcome(household({ policy, persons: earning('46000') })).findings;
    expect(finding).toMatchObject({
      code: 'INCOME_OVER',
      member: null,
      source: null,
      detail: { ceiling: 'disposable' },
    });
  });

  it('is no test where the programme has no ceiling', () => {
    const policy = samplePolicy();
    policy.programmes.urban_dibao = { requires: [] };
    const records = [
      a('registration'),
      a('account', { balance: fen('999999') }),
      a('role', { role: 'investor', capital: 9n }),
    ];
    const result = outcome(household({ policy, records, persons: earning('999999') }));
    expect(result.findings).toEqual([]);
    expect(result.conclusion).toBe('meets');
  });
});

describe('EXPENDITURE_LOW (README §8.2)', () => {
  const rigid = (other: string, spent: string) =>
    found(household({ programme: 'rigid_expenditure', persons: earning(other, spent) }));
  it.each([
    ['20000.00', '11180.01', false], // 8819.99 is left
    ['20000.00', '11180.00', true],
    ['20000.00', '11179.99', true],
    ['20000.00', '30000.00', false],
    ['0', '0', false],
  ])('income %s, spending %s: %s', (other, spent, low) => {
    expect(rigid(other, spent)).toEqual(low ? ['EXPENDITURE_LOW'] : []);
  });

  it('counts what the counted members spent, not the dead', () => {
    const persons = [someone('applicant', { other: '20000' }), someone('spouse', { rigid: '20000' })];
    const world = household({ programme: 'rigid_expenditure', persons, records: [a('death', { row: 2 })] });
    expect(found(world)).toEqual(['MEMBER_DECEASED@2', 'EXPENDITURE_LOW']);
  });
});

describe('vehicles (README §8.3)', () => {
  it.each([
    ['registered on T', { registeredOn: '2026-11-15' }, ['VEHICLE_OWNED@1#R1']],
    ['registered a day after T', { registeredOn: '2026-11-16' }, []],
    ['disposed of on T', { disposedOn: '2026-11-15' }, ['VEHICLE_RECENT_DISPOSAL@1#R1']],
    ['disposed of a day after T', { disposedOn: '2026-11-16' }, ['VEHICLE_OWNED@1#R1']],
    ['disposed of a year before T', { disposedOn: '2025-11-15' }, []],
    ['disposed of a day less than a year before', { disposedOn: '2025-11-16' }, ['VEHICLE_RECENT_DISPOSAL@1#R1']],
    [
      'disposed of before it was registered',
      { registeredOn: '2027-01-01', disposedOn: '2026-11-01' },
      ['VEHICLE_RECENT_DISPOSAL@1#R1'],
    ],
    ['gone, and disposed of', { status: 'E', disposedOn: '2026-11-12' }, ['VEHICLE_RECENT_DISPOSAL@1#R1']],
    ['of status GE', { status: 'GE' }, []],
    ['of status GQ', { status: 'GQ' }, ['VEHICLE_OWNED@1#R1']],
    ['of status AKM', { status: 'AKM' }, []],
    ['of a small letter', { status: 'e' }, ['VEHICLE_OWNED@1#R1']],
    ['taxi', { useNature: 'D' }, ['VEHICLE_OWNED@1#R1', 'VEHICLE_COMMERCIAL@1#R1']],
    ['of unknown use', { useNature: null }, ['VEHICLE_OWNED@1#R1']],
    ['commercial but gone', { useNature: 'D', status: 'C' }, []],
    ['exempt', { plateType: '07', useNature: 'D' }, ['VEHICLE_EXEMPT@1#R1']],
    ['exempt and gone', { plateType: '07', status: 'E' }, []],
    ['exempt and disposed of', { plateType: '07', disposedOn: '2026-11-01' }, []],
  ])('%s', (_what, change, expected) => {
    expect(found(household({ records: [a('registration', change)] }))).toEqual(expected);
  });

  it.each([
    [1, 0],
    [2, 2],
  ])('of %i counted vehicles in a household that may have one, %i are told', (count, told) => {
    const persons = [someone('applicant'), someone('spouse')];
    const cars = Array.from(
      { length: count },
      (_, i): PlainRecord => a('registration', { row: i + 1, recordId: `V${i}` }),
    );
    const records = [...cars, a('registration', { recordId: 'X', plateType: '11' })];
    const codes = found(household({ programme: 'dibao_margin', persons, records }));
    expect(codes.filter((c) => c.startsWith('VEHICLE_OWNED'))).toHaveLength(told);
    expect(codes).toContain('VEHICLE_EXEMPT@1#X');
  });

  it('are told with their evidence', () => {
    const records = [a('registration', { disposedOn: '2027-01-01' })];
    expect(outcome(household({ records })).findings).toEqual([
      {
        code: 'VEHICLE_OWNED',
        effect: 'fails',
        member: 1,
        source: 'vehicle',
        recordId: 'R1',
        detail: {
          plateType: '02',
          status: 'A',
          registeredOn: '2020-01-01',
          disposedOn: '2027-01-01',
          counted: 1,
          allowed: 0,
        },
      },
    ]);
  });
});

describe('housing fund (README §8.4)', () => {
  // 24 × 735.00 = 17640.00 a head
  it.each([
    ['17640.00', '02', false],
    ['17640.01', '02', true],
    ['17640.01', '01', true],
    ['17640.01', '06', true],
    ['17640.01', '03', false],
    ['17640.01', '04', false],
    ['17640.01', '05', false],
    ['17640.01', '99', false],
  ])('a balance of %s of status %s: FUND_BALANCE_OVER %s', (yuan, status, over) => {
    const codes = found(household({ records: [a('account', { balance: fen(yuan), status })] }));
    expect(codes).toEqual(over ? ['FUND_BALANCE_OVER'] : []);
  });

  it('adds the balances of all counted members', () => {
    const persons = [someone('applicant'), someone('spouse'), someone('child')];
    const records = [1, 2, 3].map((row) => a('account', { row, balance: fen('17640.01') }));
    const world = household({ persons, records });
    expect(outcome(world).findings).toEqual([
      {
        code: 'FUND_BALANCE_OVER',
        effect: 'review',
        member: null,
        source: 'housing_fund',
        recordId: null,
        detail: { balance: '52920.03', limit: '52920.00' },
      },
    ]);
    expect(found({ ...world, records: [...records, a('death', { row: 3 })] })).toContain('FUND_BALANCE_OVER');
    expect(found({ ...world, records: records.slice(0, 2) })).toEqual([]);
  });

  it.each([
    ['2026-09', '01', true],
    ['2026-08', '01', false],
    ['2026-11', '01', true],
    [null, '01', false],
    ['2026-10', '02', false],
  ])('paid through %s, status %s: FUND_ACTIVE %s', (paidThrough, status, active) => {
    const codes = found(household({ records: [a('account', { paidThrough, status })] }));
    expect(codes).toEqual(active ? ['FUND_ACTIVE@1#R1'] : []);
  });

  it.each([
    ['1499.99', '01', false],
    ['1500.00', '01', false],
    ['1500.01', '01', true],
    ['1500.01', '05', true],
  ])('repaying %s a month, status %s: FUND_LOAN %s', (loan, status, told) => {
    const codes = found(household({ records: [a('account', { loan: fen(loan), status })] }));
    expect(codes).toEqual(told ? ['FUND_LOAN@1#R1'] : []);
  });

  it('has no FUND_LOAN where the policy has no limit', () => {
    const { loanRepayment: _, ...policy } = samplePolicy();
    expect(found(household({ policy, records: [a('account', { loan: fen('99999') })] }))).toEqual([]);
  });
});

describe('business roles (README §8.5)', () => {
  it.each([
    ['since T', { since: '2026-11-15' }, true],
    ['since a day after T', { since: '2026-11-16' }, false],
    ['until T', { until: '2026-11-15' }, false],
    ['until a day after T', { until: '2026-11-16' }, true],
    ['since and until blank', {}, true],
  ])('%s: in force %s', (_what, change, inForce) => {
    const codes = found(household({ records: [a('role', { role: 'executive', ...change })] }));
    expect(codes).toEqual(inForce ? ['COMPANY_LEGAL_REP@1#R1'] : []);
  });

  const company = { entityType: 'company', entityStatus: 'active' };
  it.each([
    [{ ...company, role: 'legal_representative' }, ['COMPANY_LEGAL_REP@1#R1']],
    [{ ...company, role: 'executive' }, ['COMPANY_LEGAL_REP@1#R1']],
    [{ ...company, role: 'operator' }, []],
    [{ ...company, role: 'investor', capital: 0n }, []],
    [{ ...company, role: 'investor', capital: null }, []],
    [{ ...company, role: 'investor', capital: 1n }, ['COMPANY_INVESTOR@1#R1']],
    [{ entityType: 'sole_proprietorship', role: 'legal_representative' }, ['COMPANY_LEGAL_REP@1#R1']],
    [{ entityType: 'partnership', role: 'investor', capital: 1n }, ['COMPANY_INVESTOR@1#R1']],
    [{ entityType: 'individual_business', role: 'operator' }, ['SELF_EMPLOYED@1#R1']],
    [{ entityType: 'individual_business', role: 'investor', capital: 999n }, ['SELF_EMPLOYED@1#R1']],
    [{ entityType: 'farmers_cooperative', role: 'legal_representative' }, ['COOP_MEMBER@1#R1']],
    [
      { entityType: 'farmers_cooperative', role: 'investor', capital: 999n, entityStatus: 'revoked' },
      ['COMPANY_DORMANT@1#R1'],
    ],
    [{ role: 'legal_representative', entityStatus: 'dormant' }, ['COMPANY_DORMANT@1#R1']],
    [{ role: 'legal_representative', entityStatus: 'cancelled' }, []],
    [{ role: 'legal_representative', entityStatus: 'moved_out' }, []],
  ])('%j', (change, expected) => {
    expect(found(household({ records: [a('role', change)] }))).toEqual(expected);
  });

  it.each([
    ['dibao_margin', '30000.00', false],
    ['dibao_margin', '30000.01', true],
    ['public_housing', '100000.00', false],
    ['public_housing', '100000.01', true],
  ])('investorCapital of %s with %s: %s', (programme, capital, over) => {
    const records = [a('role', { role: 'investor', capital: fen(capital) })];
    expect(raised(found(household({ programme, records })), 'COMPANY_INVESTOR')).toBe(over);
  });
});
