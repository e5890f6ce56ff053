import type { Finding } from '@hedui/contracts';
import { assess, NO_FACTS } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { addFinding, newFindingList } from '../src/finding-list.js';
import { a, compiled, freshLoads, household, outcome, samplePolicy, someone, withProgramme } from './given.js';
import { toArguments } from './plain/adapter.js';
import { fen } from './plain/arithmetic.js';
import type { PlainRecord, World } from './plain/world.js';

const findings = (change: Partial<World>): Finding[] => outcome(household(change)).findings;

describe('the limit that a finding tells (README §12)', () => {
  it('is rounded up for an income, down for a balance', () => {
    const policy = withProgramme('urban_dibao', { incomeCeiling: 0.33, fundBalanceMonths: 0.33 });
    policy.standards = [{ region: '520000', area: 'urban', from: '2025-01-01', monthly: '735.01' }];
    const persons = [someone('applicant', { other: '5000' })];
    const records = [a('account', { balance: fen('242.56') })];
    // 0.33 × 735.01 × 12 = 2910.6396; 0.33 × 735.01 = 242.5533
    expect(findings({ policy, persons, records }).map((f) => f.detail)).toEqual([
      { ceiling: 'multiple', limit: '2910.64', annualIncome: '5000.00' },
      { balance: '242.56', limit: '242.55' },
    ]);
    expect(findings({ policy, records: [a('account', { balance: fen('242.55') })] })).toEqual([]);
  });

  it('is the lower one where an income reaches both ceilings', () => {
    const policy = withProgramme('urban_dibao', { incomeCeiling: 9, incomeCeilingDisposable: true });
    const over = (other: string): unknown =>
      findings({ policy, persons: [someone('applicant', { other })] })[0]?.detail;
    // 9 × 735.00 × 12 = 79380.00 and D = 46000.00
    expect(over('79380')).toEqual({ ceiling: 'both', limit: '46000.00', annualIncome: '79380.00' });
    expect(over('79379.99')).toEqual({ ceiling: 'disposable', limit: '46000.00', annualIncome: '79379.99' });
  });
});

describe('the rows of income and support (README §4, §6)', () => {
  it('hold every category of every counted member', () => {
    const persons = [
      someone('applicant', { wage: '1000', operating: '1', property: '2', transfer: '3', other: '4' }),
      someone('spouse'),
      someone('child', { wage: '500' }),
    ];
    const records = [
      a('income', { gross: fen('600') }),
      a('income', { recordId: 'R2', gross: fen('700'), period: '2026-09', item: 'labour_service' }),
      a('income', { recordId: 'R3', gross: fen('5'), item: 'operating' }),
      a('income', { recordId: 'R4', gross: fen('6'), item: 'licence_royalty' }),
      a('income', { recordId: 'R5', gross: fen('3'), item: 'incidental' }),
      a('income', { recordId: 'R6', gross: fen('0.50'), item: 'incidental' }),
      a('death', { row: 2 }),
    ];
    const result = outcome(household({ persons, records }));
    const row = (declared: number, verified: number) => ({
      declared,
      verified,
      assessed: Math.max(declared, verified),
    });
    expect(result.income).toEqual([
      {
        member: 1,
        deduction: 260_00,
        wage: row(1000_00, 1300_00),
        operating: row(100, 500),
        property: row(200, 600),
        transfer: row(300, 0),
        other: row(400, 350),
      },
      {
        member: 3,
        deduction: 100_00,
        wage: row(500_00, 0),
        operating: row(0, 0),
        property: row(0, 0),
        transfer: row(0, 0),
        other: row(0, 0),
      },
    ]);
    // 1300 + 5 + 6 + 3 + 4 − 260, and 500 − 100
    expect(result.annualIncome).toBe(1458_00);
    expect([result.countedMembers, result.standardMonthly]).toEqual([2, 735_00]);
  });

  it('hold every supporter, the dead and those who give nothing too', () => {
    const persons = [
      someone('applicant'),
      someone('supporter', { agreed: '0' }),
      someone('supporter', { other: '99999' }),
      someone('supporter', { agreed: '7', other: '99999' }),
      someone('supporter', { agreed: '5.50' }),
      someone('supporter', { other: '13242' }),
    ];
    const records = [a('assistance', { row: 3 }), a('death', { row: 4 })];
    const result = outcome(household({ persons, records }));
    expect(result.support).toEqual([
      { supporter: 2, amount: 0, basis: 'agreed' },
      { supporter: 3, amount: 0, basis: 'recipient' },
      { supporter: 4, amount: 0, basis: 'recipient' },
      { supporter: 5, amount: 550, basis: 'agreed' },
      { supporter: 6, amount: 600, basis: 'formula' },
    ]);
    expect(result.annualIncome).toBe(1150);
  });

  it('adds the verified income of every category of a supporter to A', () => {
    const persons = [someone('applicant'), someone('supporter', { transfer: '13232' })];
    const record = (recordId: string, item: string, yuan: string): PlainRecord =>
      a('income', { row: 2, recordId, item, gross: fen(yuan) });
    const records = [
      record('R1', 'wages', '2'),
      record('R2', 'operating', '4'),
      record('R3', 'property_lease', '8'),
      record('R4', 'incidental', '16'),
    ];
    // Half of 2 + 2 + 4 + 8 + 16 above the line of 13230.00
    expect(outcome(household({ persons, records })).support).toEqual([
      { supporter: 2, amount: 1600, basis: 'formula' },
    ]);
  });
});

describe('one policy for several dates', () => {
  it('works each date out anew', () => {
    const policy = compiled(samplePolicy());
    const records = [a('account', { status: '01', paidThrough: '2026-09' })];
    const codes = (asOf: string): string[] => {
      const world = household({ asOf, records, loads: freshLoads().map((l) => ({ ...l, asOf })) });
      return assess(...toArguments(policy, world)).findings.map((f) => f.code);
    };
    expect(codes('2026-11-30')).toEqual(['FUND_ACTIVE']);
    expect(codes('2026-12-01')).toEqual([]);
    expect(codes('2026-11-30')).toEqual(['FUND_ACTIVE']);
  });
});

describe('what the rules refuse', () => {
  it('a household that the policy cannot assess, by its code', () => {
    const world = household({ region: '530102' });
    const refused = { name: 'HouseholdNotAssessable', code: 'STANDARD_MISSING' };
    expect(() => outcome(world)).toThrow(expect.objectContaining(refused));
    expect(() => outcome(world)).toThrow('the household cannot be assessed under this policy: STANDARD_MISSING');
  });

  it('facts that do not line up with the persons', () => {
    const [policy, one, facts, states] = toArguments(compiled(samplePolicy()), household());
    expect(() => assess(policy, one, [...facts, NO_FACTS], states)).toThrow('facts and persons differ in number');
  });

  it('a finding that no effect could see', () => {
    const programme = compiled(samplePolicy()).programmes.get('urban_dibao');
    if (programme === undefined) throw new Error('the sample policy has no urban_dibao');
    const list = newFindingList(programme);
    expect(() => addFinding(list, 'MAYBE_ELIGIBLE', 1, null, null, {})).toThrow('MAYBE_ELIGIBLE has no bit');
    expect(list.findings).toEqual([]);
  });
});
