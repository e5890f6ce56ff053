import {
  type Day,
  type ExplainedFinding,
  type Finding,
  type FindingCode,
  formatDay,
  formatMonth,
  formatYuan,
  parseYuan,
  SOURCES,
} from '@hedui/contracts';
import { spendable } from '../programme-tests.js';
import type { ExaminedCase } from './case.js';

type Comparison = ExplainedFinding['comparisons'][number];
type Compare = (finding: Finding, examined: ExaminedCase) => Comparison[];

const told = (finding: Finding, key: string): string => String(finding.detail[key] ?? '');
const compare = (of: string, value: string, relation: Comparison['relation'], limit: string): Comparison => ({
  of,
  value,
  relation,
  limit,
});
const asOf = ({ household }: ExaminedCase): string => formatDay(household.asOf);
const recentAfter = ({ examination }: ExaminedCase): string => formatDay(examination.dates.recentAfter);
const programmes = ({ policy }: ExaminedCase): string => [...policy.exclusiveProgrammes].join(',');
const state = (f: Finding, relation: Comparison['relation'], limit: string): Comparison =>
  compare('entityStatus', told(f, 'entityStatus'), relation, limit);

function activeBenefit(f: Finding, c: ExaminedCase): Comparison[] {
  const from = compare('from', told(f, 'from'), '<=', asOf(c));
  return f.detail.to === undefined ? [from] : [from, compare('to', told(f, 'to'), '>=', asOf(c))];
}

function otherBenefit(relation: '=' | '!='): Compare {
  return (f, c) => [
    compare('programme', told(f, 'programme'), 'in', programmes(c)),
    compare('county', told(f, 'region').slice(0, 6), relation, c.household.region.slice(0, 6)),
    ...activeBenefit(f, c),
  ];
}

/** What each rule compares, from the evidence that the finding holds; each comparison holds where the finding stands. */
const COMPARISONS: Readonly<Partial<Record<FindingCode, Compare>>> = {
  MEMBER_DECEASED: (f, c) => [compare('deathDate', told(f, 'deathDate'), '<=', asOf(c))],
  DEAD_STILL_PAID: activeBenefit,
  SPOUSE_UNDECLARED: (f) => [
    compare('state', told(f, 'state'), '=', 'married'),
    compare('spouse', 'spouse', 'not_in', 'members'),
  ],
  MARITAL_CONFLICT: (f) => [compare('maritalStatus', told(f, 'declared'), '!=', told(f, 'state'))],
  RECENT_DIVORCE: (f, c) => [
    compare('state', told(f, 'state'), '=', 'divorced'),
    compare('eventDate', told(f, 'eventDate'), '>', recentAfter(c)),
  ],
  SUPPORTER_CAPABLE: (f) => [compare('amount', told(f, 'amount'), '>', formatYuan(0))],
  VEHICLE_OWNED: (f) => [compare('vehicles', told(f, 'counted'), '>', told(f, 'allowed'))],
  VEHICLE_COMMERCIAL: (f) => [compare('useNature', told(f, 'useNature'), '!=', 'A')],
  VEHICLE_EXEMPT: (f, { policy }) => [
    compare('plateType', told(f, 'plateType'), 'in', [...policy.exemptPlateTypes].join(',')),
  ],
  VEHICLE_RECENT_DISPOSAL: (f, c) => [
    compare('disposedOn', told(f, 'disposedOn'), '>', recentAfter(c)),
    compare('disposedOn', told(f, 'disposedOn'), '<=', asOf(c)),
  ],
  COMPANY_LEGAL_REP: (f) => [
    compare('role', told(f, 'role'), 'in', 'legal_representative,executive'),
    state(f, '=', 'active'),
  ],
  COMPANY_INVESTOR: (f) => [compare('capital', told(f, 'capital'), '>', told(f, 'limit')), state(f, '=', 'active')],
  SELF_EMPLOYED: (f) => [
    compare('entityType', told(f, 'entityType'), '=', 'individual_business'),
    state(f, '=', 'active'),
  ],
  COMPANY_DORMANT: (f) => [state(f, 'in', 'dormant,revoked')],
  COOP_MEMBER: (f) => [
    compare('entityType', told(f, 'entityType'), '=', 'farmers_cooperative'),
    state(f, '=', 'active'),
  ],
  INCOME_UNDERDECLARED: (f) => {
    const gap = (parseYuan(told(f, 'verified')) ?? 0) - (parseYuan(told(f, 'declared')) ?? 0);
    return [compare('gap', formatYuan(gap), '>', told(f, 'tolerance'))];
  },
  INCOME_OVER: (f) => [compare('annualIncome', told(f, 'annualIncome'), '>=', told(f, 'limit'))],
  EXPENDITURE_LOW: (f, { examination }) => [
    compare('spendable', formatYuan(spendable(examination.measures)), '>=', told(f, 'limit')),
  ],
  FUND_ACTIVE: (f, { examination }) => [
    compare('accountStatus', told(f, 'status'), '=', '01'),
    compare('paidThrough', told(f, 'paidThrough'), '>=', formatMonth(examination.dates.paidSince)),
  ],
  FUND_BALANCE_OVER: (f) => [compare('balance', told(f, 'balance'), '>', told(f, 'limit'))],
  FUND_LOAN: (f) => [compare('monthlyRepayment', told(f, 'monthlyRepayment'), '>', told(f, 'limit'))],
  DUPLICATE_BENEFIT: otherBenefit('='),
  CROSS_REGION_BENEFIT: otherBenefit('!='),
  STALE_DATA: (f, { policy, household }) => {
    const source = SOURCES.find((name) => name === f.source);
    const days = source === undefined ? null : policy.freshness[source];
    return days === null
      ? []
      : [compare('sourceAsOf', told(f, 'asOf'), '<', formatDay((household.asOf - days) as Day))];
  },
};

/** The comparisons that raised a finding; none for one that is raised by mere presence. */
export function comparisonsOf(finding: Finding, examined: ExaminedCase): Comparison[] {
  return COMPARISONS[finding.code]?.(finding, examined) ?? [];
}
