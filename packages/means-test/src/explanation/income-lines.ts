import {
  type ExplainedIncome,
  formatMonth,
  formatYuan,
  type IncomeCategory,
  type MemberIncome,
} from '@hedui/contracts';
import { isUnderdeclared, toleratedShare, type VerifiedIncome, type VerifiedMonth } from '../income.js';
import type { Policy } from '../policy/compile.js';
import { say } from './texts/sentences.js';
import { wordFor } from './texts/terms.js';

type Line = Omit<ExplainedIncome['wage'], 'months'>;
type OtherLine = ExplainedIncome['transfer'];

/** The source that an under-declared category is held against; null for supporters, who are not compared. */
export type ComparedWith = Pick<VerifiedIncome, 'wageSource'> | null;

/** A person's income by category and month, with what was taken and why (README §4). */
export function incomeLines(
  policy: Policy,
  income: MemberIncome,
  months: readonly VerifiedMonth[],
  compared: ComparedWith,
): ExplainedIncome {
  const line = (name: IncomeCategory): Line => categoryLine(policy, name, income, compared);
  const monthly = (name: 'operating' | 'property' | 'other'): OtherLine => ({
    ...line(name),
    months: months
      .filter((month) => month[name] !== 0)
      .map((month) => ({ month: formatMonth(month.month), amount: formatYuan(month[name]) })),
  });
  return {
    wage: { ...line('wage'), months: months.map(wageMonth) },
    operating: monthly('operating'),
    property: monthly('property'),
    transfer: { ...line('transfer'), months: [] },
    other: monthly('other'),
  };
}

/** An equal month counts as a month of tax, as in the rule that names the source. */
function wageMonth(month: VerifiedMonth): ExplainedIncome['wage']['months'][number] {
  return {
    month: formatMonth(month.month),
    tax: formatYuan(month.taxWage),
    fund: formatYuan(month.fundWage),
    taken: month.fundWage > month.taxWage ? 'fund' : month.taxWage > 0 ? 'tax' : 'none',
    amount: formatYuan(month.wage),
  };
}

function categoryLine(policy: Policy, name: IncomeCategory, income: MemberIncome, compared: ComparedWith): Line {
  const { declared, verified, assessed } = income[name];
  const taken = declared > verified ? 'declared' : declared < verified ? 'verified' : 'equal';
  return {
    declared: formatYuan(declared),
    verified: formatYuan(verified),
    assessed: formatYuan(assessed),
    taken,
    tolerance: compared === null ? null : toleranceLine(policy, name, income, compared.wageSource),
    text: say(name === 'wage' ? 'wage' : name === 'transfer' ? 'transfer' : 'category', {
      category: wordFor(name),
      declared: formatYuan(declared),
      verified: formatYuan(verified),
      assessed: formatYuan(assessed),
      taken: wordFor(taken, 'taken'),
    }),
  };
}

function toleranceLine(
  policy: Policy,
  name: IncomeCategory,
  income: MemberIncome,
  wageSource: VerifiedIncome['wageSource'],
): Line['tolerance'] {
  const { declared, verified } = income[name];
  const share = toleratedShare(policy, declared);
  return {
    gap: formatYuan(verified - declared),
    percent: formatYuan(policy.tolerance.percent),
    share: formatYuan(share),
    yearly: formatYuan(policy.tolerance.yearly),
    limit: formatYuan(Math.max(share, policy.tolerance.yearly)),
    exceeded: isUnderdeclared(policy, declared, verified),
    source: name === 'wage' ? wageSource : 'tax',
  };
}
