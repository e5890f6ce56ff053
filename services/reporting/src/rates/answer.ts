import {
  type DetectionRates,
  formatMonth,
  type GroupBy,
  type Month,
  type RateRow,
  REGION_LEVELS,
} from '@hedui/contracts';
import type { GroupCounts, RatesQuestion } from '../db/rates.js';
import { rateOf } from './rate.js';

/** Tiers that every answer shows, also when no household reaches them. A policy may name others; they show when reached. */
const TIERS_ALWAYS_SHOWN = ['dibao', 'dibao_margin', 'rigid_expenditure'];

type Figures = DetectionRates['total'];

/** The answer to a question, from the counts of its groups and of the whole. Rows are sorted by what they are grouped by. */
export function ratesAnswer(
  question: RatesQuestion,
  groups: readonly GroupCounts[],
  whole: GroupCounts,
  now: Date,
): DetectionRates {
  const { groupBy } = question;
  const rows = groups.flatMap((group) => rowsOf(group, groupBy));
  return {
    from: formatMonth(question.from as Month),
    to: formatMonth(question.to as Month),
    groupBy: [...groupBy],
    knownOn: now.toISOString().replace(/\.\d+Z$/, 'Z'),
    rows: sortRows(rows, groupBy),
    total: figuresOf(whole, whole.flagged, false),
  };
}

/** One row for a group, or one for each finding in it. */
function rowsOf(counts: GroupCounts, groupBy: readonly GroupBy[]): RateRow[] {
  const bySource = groupBy.includes('source');
  const { month, ...others } = counts.group;
  const group = month === undefined ? others : { ...others, month: formatMonth(Number(month) as Month) };
  const level = REGION_LEVELS.find((known) => known === group.level);
  const names = { ...group, ...(level === undefined ? {} : { level }) } as Omit<RateRow, keyof Figures>;
  if (!groupBy.includes('finding')) return [{ ...names, ...figuresOf(counts, counts.flagged, bySource) }];
  return [...counts.findings].map(([finding, hits]) => ({ ...names, finding, ...figuresOf(counts, hits, bySource) }));
}

function figuresOf(counts: GroupCounts, flagged: number, bySource: boolean): Figures {
  const rate = (count: number) => ({ count, rate: rateOf(count, counts.counted) });
  // No report's review has ended yet: 0 of 0.
  const reviewed = { count: 0, rate: null };
  const tiers = { ...Object.fromEntries(TIERS_ALWAYS_SHOWN.map((tier) => [tier, 0])), ...counts.tiers };
  const lowIncome = Object.values(counts.tiers).reduce((sum, count) => sum + count, 0);
  return {
    ...(bySource ? { answered: counts.counted } : { completed: counts.counted }),
    leftOut: { incomplete: counts.incomplete, withdrawn: counts.withdrawn, unauthorised: counts.unauthorised },
    flagged: rate(flagged),
    detected: rate(counts.detected),
    confirmed: reviewed,
    overturned: reviewed,
    lowIncome: { ...rate(lowIncome), tiers },
  };
}

const columnsOf: Record<GroupBy, (row: RateRow) => string> = {
  programme: (row) => row.programme ?? '',
  // A region before those within it: 520000, 520100, 520102, 520102001.
  region: (row) => (row.region ?? '').padEnd(9, ' '),
  source: (row) => row.source ?? '',
  finding: (row) => row.finding ?? '',
  type: (row) => row.verificationType ?? '',
  month: (row) => row.month ?? '',
};

function sortRows(rows: readonly RateRow[], groupBy: readonly GroupBy[]): RateRow[] {
  const keyed = rows.map((row) => ({ row, key: groupBy.map((by) => columnsOf[by](row)) }));
  keyed.sort((a, b) => {
    for (let i = 0; i < groupBy.length; i++) {
      const x = a.key[i] ?? '';
      const y = b.key[i] ?? '';
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}
