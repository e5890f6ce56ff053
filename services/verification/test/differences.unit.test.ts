import type { Assessment, CategoryIncome, Day, Fen, Finding } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { differencesOf } from '../src/reports/differences.js';

const nothing: CategoryIncome = { declared: 0 as Fen, verified: 0 as Fen, assessed: 0 as Fen };
const finding = (over: Partial<Finding>): Finding => ({
  code: 'VEHICLE_OWNED',
  effect: 'fails',
  member: 1,
  source: 'vehicle',
  recordId: 'V-1',
  detail: {},
  ...over,
});
const under = (category: string, verified: string) =>
  finding({
    code: 'INCOME_UNDERDECLARED',
    effect: 'review',
    source: 'tax',
    recordId: null,
    detail: { category, verified },
  });
const assessment = (over: Partial<Assessment> = {}): Assessment => ({
  conclusion: 'does_not_meet',
  tier: 'none',
  countedMembers: 1,
  standardMonthly: 73_500 as Fen,
  annualIncome: 120_000 as Fen,
  income: [
    {
      member: 1,
      deduction: 0 as Fen,
      wage: nothing,
      operating: nothing,
      property: nothing,
      transfer: nothing,
      other: nothing,
    },
  ],
  support: [{ supporter: 2, amount: 100 as Fen, basis: 'formula' }],
  findings: [finding({}), under('wage', '10.00'), under('operating', '5.00')],
  sources: [{ source: 'tax', state: 'answered', asOf: 20_000 as Day, loading: false }],
  ...over,
});

describe('the differences of two assessments', () => {
  it('are none between equal ones, whatever the order of what has no order', () => {
    const turned = assessment({ findings: [...assessment().findings].reverse() });
    expect(differencesOf(assessment(), turned)).toEqual([]);
  });

  it('name conclusion, tier, figures, support, sources and findings, in this order', () => {
    const wage = { declared: 0 as Fen, verified: 500 as Fen, assessed: 500 as Fen };
    const now = assessment({
      conclusion: 'needs_review',
      tier: 'dibao',
      annualIncome: 500 as Fen,
      income: [{ ...(assessment().income[0] ?? fail()), wage }],
      support: [{ supporter: 2, amount: 0 as Fen, basis: 'recipient' }],
      findings: [under('wage', '12.00'), under('operating', '5.00'), finding({ recordId: 'V-2' })],
      sources: [{ source: 'tax', state: 'stale', asOf: 20_000 as Day, loading: true }],
    });
    const nobody = { member: null, source: null, recordId: null };
    expect(differencesOf(assessment(), now)).toEqual([
      { what: 'conclusion', name: 'conclusion', ...nobody, was: 'does_not_meet', is: 'needs_review' },
      { what: 'tier', name: 'tier', ...nobody, was: 'none', is: 'dibao' },
      { what: 'figure', name: 'annualIncome', ...nobody, was: '1200.00', is: '5.00' },
      { what: 'figure', name: 'perCapitaMonthly', ...nobody, was: '100.00', is: '0.42' },
      { what: 'figure', name: 'wage.verified', ...nobody, member: 1, was: '0.00', is: '5.00' },
      { what: 'figure', name: 'wage.assessed', ...nobody, member: 1, was: '0.00', is: '5.00' },
      {
        what: 'support',
        name: 'support',
        ...nobody,
        member: 2,
        was: { amount: '1.00', basis: 'formula' },
        is: { amount: '0.00', basis: 'recipient' },
      },
      {
        what: 'source',
        name: 'tax',
        ...nobody,
        source: 'tax',
        was: { state: 'answered', asOf: '2024-10-04', loading: false },
        is: { state: 'stale', asOf: '2024-10-04', loading: true },
      },
      {
        what: 'finding_removed',
        name: 'VEHICLE_OWNED',
        member: 1,
        source: 'vehicle',
        recordId: 'V-1',
        was: { effect: 'fails' },
        is: null,
      },
      {
        what: 'finding_changed',
        name: 'INCOME_UNDERDECLARED',
        member: 1,
        source: 'tax',
        recordId: null,
        was: { effect: 'review', category: 'wage', verified: '10.00' },
        is: { effect: 'review', category: 'wage', verified: '12.00' },
      },
      {
        what: 'finding_added',
        name: 'VEHICLE_OWNED',
        member: 1,
        source: 'vehicle',
        recordId: 'V-2',
        was: null,
        is: { effect: 'fails' },
      },
    ]);
  });

  it('tell of a member who is counted no longer', () => {
    const differences = differencesOf(assessment(), assessment({ income: [], countedMembers: 0 }));
    expect(differences).toContainEqual(expect.objectContaining({ name: 'perCapitaMonthly', was: '100.00', is: null }));
    expect(differences.filter(({ member, is }) => member === 1 && is === null)).toHaveLength(16);
  });
});

function fail(): never {
  throw new Error('there is a member');
}
