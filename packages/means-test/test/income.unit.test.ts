import { formatYuan, INCOME_CATEGORIES } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { a, found, household, outcome, samplePolicy, someone } from './given.js';
import { fen } from './plain/arithmetic.js';
import type { PlainRecord } from './plain/world.js';

const pay = (period: string, yuan: string, item = 'wages', recordId = `${item}${period}`): PlainRecord =>
  a('income', { period, gross: fen(yuan), item, recordId });
const account = (openedOn: string, paidThrough: string | null, wageBase: string, status = '02'): PlainRecord =>
  a('account', { openedOn, paidThrough, wageBase: fen(wageBase), status });
const verified = (...records: PlainRecord[]) => {
  const [income] = outcome(household({ records })).income;
  if (income === undefined) throw new Error('nobody was counted');
  return Object.fromEntries(INCOME_CATEGORIES.map((c) => [c, formatYuan(income[c].verified)]));
};
const nothing = { wage: '0.00', operating: '0.00', property: '0.00', transfer: '0.00', other: '0.00' };

describe('income of one person (README §4)', () => {
  it.each([
    ['wages', 'wage'],
    ['labour_service', 'wage'],
    ['author_royalty', 'wage'],
    ['operating', 'operating'],
    ['licence_royalty', 'property'],
    ['interest_dividend', 'property'],
    ['property_lease', 'property'],
    ['property_transfer', 'property'],
    ['incidental', 'other'],
  ])('counts the tax item %s as %s', (item, category) => {
    expect(verified(pay('2026-05', '12.34', item))).toEqual({ ...nothing, [category]: '12.34' });
  });

  it.each([
    ['2025-10', '0.00'],
    ['2025-11', '5.00'],
    ['2026-10', '5.00'],
    ['2026-11', '0.00'],
    ['2027-01', '0.00'],
  ])('takes tax of %s as %s: the window is the twelve months before the month of T', (period, wage) => {
    expect(verified(pay(period, '5.00')).wage).toBe(wage);
  });

  it('takes the tax wage or the fund wage of a month, whichever is more, and never both', () => {
    expect(verified(pay('2026-09', '100'), pay('2026-10', '300'), account('2020-01-01', '2026-10', '200')).wage).toBe(
      '2500.00', // eleven months of 200 and one of 300
    );
  });

  it('adds the three wage items of one month before it compares the month', () => {
    const records = [
      pay('2026-10', '90'),
      pay('2026-10', '90', 'labour_service'),
      account('2026-10-09', '2026-10', '150'),
    ];
    expect(verified(...records).wage).toBe('180.00');
  });

  it('adds the wage bases of several accounts', () => {
    expect(verified(account('2026-10-31', '2026-10', '150'), account('2026-10-01', '2026-12', '50')).wage).toBe(
      '200.00',
    );
  });

  it.each([
    ['opened in the last month of the window', '2026-10-31', '2026-10', '02', '100.00'],
    ['opened in the month of T', '2026-11-01', '2026-11', '02', '0.00'],
    ['paid through the first month', '2020-01-01', '2025-11', '02', '100.00'],
    ['paid through the month before the window', '2020-01-01', '2025-10', '02', '0.00'],
    ['paid through blank', '2020-01-01', null, '02', '0.00'],
    ['paid through before it was opened', '2026-05-01', '2026-04', '02', '0.00'],
    ['opened and paid in one month', '2026-05-31', '2026-05', '02', '100.00'],
    ['paid for longer than the window', '2020-01-01', '2027-05', '02', '1200.00'],
    ['merged (03)', '2020-01-01', '2026-10', '03', '0.00'],
    ['closed (05)', '2020-01-01', '2026-10', '05', '1200.00'],
    ['other (99)', '2020-01-01', '2026-10', '99', '1200.00'],
  ])('fund wage of an account %s', (_what, opened, paid, status, wage) => {
    expect(verified(account(opened, paid, '100', status)).wage).toBe(wage);
  });

  it('verifies the other categories from tax alone, and transfers never', () => {
    expect(verified(account('2020-01-01', '2026-10', '100'))).toEqual({ ...nothing, wage: '1200.00' });
  });

  it('assesses the larger of declared and verified, per category', () => {
    const persons = [someone('applicant', { wage: '10', operating: '5', transfer: '7' })];
    const records = [pay('2026-05', '4'), pay('2026-05', '6', 'operating')];
    const [income] = outcome(household({ persons, records })).income;
    expect(income).toMatchObject({
      wage: { declared: 1000, verified: 400, assessed: 1000 },
      operating: { declared: 500, verified: 600, assessed: 600 },
      transfer: { declared: 700, verified: 0, assessed: 700 },
    });
  });
});

describe('INCOME_UNDERDECLARED (README §4)', () => {
  // Tolerance of the sample policy: more than 1000.00 and more than 10 % of what was declared.
  it.each([
    ['0', '999.99', false],
    ['0', '1000.00', false],
    ['0', '1000.01', true],
    ['10000.00', '11000.00', false],
    ['10000.00', '11000.01', true],
    ['20000.00', '21000.01', false],
    ['20000.00', '22000.00', false],
    ['20000.00', '22000.01', true],
    ['20000.05', '22000.05', false], // ten per cent is 2000.005: a gap of 2000.00 is below it
    ['20000.05', '22000.06', true], // 2000.01 is above it
    ['30000.00', '20000.00', false],
  ])('declared %s, verified %s: %s', (declared, proven, raised) => {
    const persons = [someone('applicant', { operating: declared })];
    const codes = found(
      household({ persons, records: [pay('2026-05', proven, 'operating')], programme: 'public_housing' }),
    );
    expect(codes.includes('INCOME_UNDERDECLARED@1:operating/tax')).toBe(raised);
  });

  it('is raised once per category, with the amounts', () => {
    const records = [pay('2026-05', '2000'), pay('2026-05', '2000', 'operating'), pay('2026-05', '2000', 'incidental')];
    const world = household({ records });
    expect(found(world)).toEqual([
      'INCOME_UNDERDECLARED@1:wage/tax',
      'INCOME_UNDERDECLARED@1:operating/tax',
      'INCOME_UNDERDECLARED@1:other/tax',
    ]);
    expect(outcome(world).findings[0]?.detail).toEqual({
      category: 'wage',
      declared: '0.00',
      verified: '2000.00',
      tolerance: '1000.00',
    });
  });

  const months = (count: number, yuan: string): PlainRecord[] =>
    Array.from({ length: count }, (_, i) => pay(`2026-${String(10 - i).padStart(2, '0')}`, yuan));
  it.each([
    ['more months from the fund', months(5, '300'), 'housing_fund'],
    ['as many months from tax as from the fund', months(6, '300'), 'tax'],
    ['fund and tax equal in six months', months(6, '200'), 'tax'],
    ['tax below the fund in every month', months(10, '199.99'), 'housing_fund'],
    ['no tax at all', [], 'housing_fund'],
    ['no tax, and the fund in six months of twelve', [], 'housing_fund', '2026-05-01'],
  ])('takes the source of the wage from the months: %s', (_what, taxes, source, opened = '2020-01-01') => {
    const records = [...taxes, account(opened, '2026-10', '200')];
    expect(found(household({ records })).filter((f) => f.includes(':wage/'))).toEqual([
      `INCOME_UNDERDECLARED@1:wage/${source}`,
    ]);
  });
});

describe('deduction and household income (README §4, §7)', () => {
  it.each([
    ['100.00', '20.00'],
    ['0.09', '0.01'], // ⌊0.018⌋
    ['0.04', '0.00'],
    ['17999.99', '3599.99'],
    ['18000.00', '3600.00'],
    ['90000.00', '3600.00'], // 12 × 300.00 at most
  ])('of a wage of %s, %s is deducted', (wage, deducted) => {
    const result = outcome(household({ persons: [someone('applicant', { wage })] }));
    expect(formatYuan(result.income[0]?.deduction ?? -1)).toBe(deducted);
    expect(result.annualIncome).toBe(Number(fen(wage) - fen(deducted)));
  });

  it('adds all categories of all members, each with an own deduction, and the support', () => {
    const persons = [
      someone('applicant', { wage: '1000', operating: '1', property: '2', transfer: '3', other: '4' }),
      someone('spouse', { wage: '1000' }),
      someone('supporter', { wage: '99999', agreed: '500' }),
    ];
    const result = outcome(household({ persons }));
    expect(formatYuan(result.annualIncome)).toBe('2110.00');
    expect(result.income.map((i) => i.member)).toEqual([1, 2]);
  });

  it('floors a deduction that a double cannot hold', () => {
    const policy = samplePolicy();
    policy.employmentCost = { percent: 33.33, monthlyCap: '99999999999' };
    const persons = [someone('applicant', { wage: '98765432101.23' })];
    const expected = (fen('98765432101.23') * 3333n) / 10_000n;
    expect(outcome(household({ policy, persons })).income[0]?.deduction).toBe(Number(expected));
  });
});
