import { describe, expect, it } from '@jest/globals';
import { a, found, household, outcome, samplePolicy, someone, withProgramme } from './given.js';
import { fen } from './plain/arithmetic.js';

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
