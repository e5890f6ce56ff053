import {
  type AccountFact,
  type CategoryIncome,
  type Fen,
  formatYuan,
  INCOME_CATEGORIES,
  type MemberIncome,
  type Month,
  type RequestPerson,
} from '@hedui/contracts';
import { type KeyDates, WINDOW_MONTHS } from './dates.js';
import { productAtLeast, productDividedDown } from './exact.js';
import type { PersonFacts } from './facts.js';
import { addFinding, type FindingList } from './finding-list.js';
import type { Policy } from './policy/compile.js';

/** Status of an account that was merged into another: its wage base stands there. */
const MERGED = '03';

/** Income that the sources prove for one person in the window, in fen (README §4). Transfers are never verified. */
export interface VerifiedIncome {
  wage: Fen;
  operating: Fen;
  property: Fen;
  other: Fen;
  /** The source that carries the wage: what an under-declared wage is attributed to. */
  wageSource: 'tax' | 'housing_fund';
}

/** What one month of the window adds to a person's verified income, fen. */
export interface VerifiedMonth {
  month: Month;
  taxWage: number;
  fundWage: number;
  /** The higher of the two. */
  wage: number;
  operating: number;
  property: number;
  other: number;
}

/** The months of the window with nothing in them, for `verifiedIncome` to write on. */
export function windowMonths(dates: KeyDates): VerifiedMonth[] {
  return Array.from({ length: WINDOW_MONTHS }, (_, at) => ({
    month: (dates.windowStart + at) as Month,
    taxWage: 0,
    fundWage: 0,
    wage: 0,
    operating: 0,
    property: 0,
    other: 0,
  }));
}

/**
 * Verified income of a person over the twelve months before T's month. `months`, from `windowMonths`, is written on for
 * whoever wants to show how the sums came about.
 */
export function verifiedIncome(facts: PersonFacts, dates: KeyDates, months?: VerifiedMonth[]): VerifiedIncome {
  const start = dates.windowStart;
  let wage = 0;
  let operating = 0;
  let property = 0;
  let other = 0;
  const taxWage = facts.account.length > 0 || months !== undefined ? new Float64Array(WINDOW_MONTHS) : null;
  for (const month of facts.income) {
    const at = month.month - start;
    if (at < 0 || at >= WINDOW_MONTHS) continue;
    wage += month.wage;
    operating += month.operating;
    property += month.property;
    other += month.other;
    if (taxWage !== null) taxWage[at] = (taxWage[at] ?? 0) + month.wage;
    const shown = months?.[at];
    if (shown !== undefined) {
      shown.operating += month.operating;
      shown.property += month.property;
      shown.other += month.other;
    }
  }
  let wageSource: VerifiedIncome['wageSource'] = 'tax';
  if (taxWage !== null) {
    const fundWage = fundWageByMonth(facts.account, start);
    let fundMonths = 0;
    let taxMonths = 0;
    wage = 0;
    for (let at = 0; at < WINDOW_MONTHS; at++) {
      const tax = taxWage[at] ?? 0;
      const fund = fundWage[at] ?? 0;
      if (fund > tax) {
        fundMonths++;
        wage += fund;
      } else {
        if (tax > 0) taxMonths++;
        wage += tax;
      }
      const shown = months?.[at];
      if (shown !== undefined) {
        shown.taxWage = tax;
        shown.fundWage = fund;
        shown.wage = Math.max(fund, tax);
      }
    }
    if (fundMonths > taxMonths) wageSource = 'housing_fund';
  }
  return {
    wage: wage as Fen,
    operating: operating as Fen,
    property: property as Fen,
    other: other as Fen,
    wageSource,
  };
}

/** Σ wage_base of the accounts that are paid in each month of the window. */
function fundWageByMonth(accounts: readonly AccountFact[], start: number): Float64Array {
  const wages = new Float64Array(WINDOW_MONTHS);
  for (const account of accounts) {
    if (account.status === MERGED || account.paidThrough === null) continue;
    const from = Math.max(account.opened - start, 0);
    const to = Math.min(account.paidThrough - start, WINDOW_MONTHS - 1);
    for (let at = from; at <= to; at++) wages[at] = (wages[at] ?? 0) + account.wageBase;
  }
  return wages;
}

/** Declared, verified and assessed income of one person; the deduction is that of a member. */
export function memberIncome(
  policy: Policy,
  member: number,
  declared: RequestPerson['declared'],
  verified: VerifiedIncome,
): MemberIncome {
  const wage = category(declared[0], verified.wage);
  return {
    member,
    deduction: Math.min(employmentShare(policy, wage.assessed), policy.employmentCost.yearlyCap) as Fen,
    wage,
    operating: category(declared[1], verified.operating),
    property: category(declared[2], verified.property),
    transfer: category(declared[3], 0 as Fen),
    other: category(declared[4], verified.other),
  };
}

/** ⌊assessed wage × `employmentCost.percent`⌋, fen a year, before the cap. */
export function employmentShare(policy: Policy, wage: Fen): number {
  return productDividedDown(wage, policy.employmentCost.percent, 10_000);
}

function category(declared: Fen, verified: Fen): CategoryIncome {
  return { declared, verified, assessed: Math.max(declared, verified) as Fen };
}

/** All categories of a person's assessed income together. */
export function assessedTotal(declared: RequestPerson['declared'], verified: VerifiedIncome): number {
  return (
    Math.max(declared[0], verified.wage) +
    Math.max(declared[1], verified.operating) +
    Math.max(declared[2], verified.property) +
    declared[3] +
    Math.max(declared[4], verified.other)
  );
}

/** INCOME_UNDERDECLARED, one per category (README §4). */
export function compareDeclared(
  policy: Policy,
  list: FindingList,
  income: MemberIncome,
  wageSource: VerifiedIncome['wageSource'],
): void {
  for (const name of INCOME_CATEGORIES) {
    const { declared, verified } = income[name];
    if (!isUnderdeclared(policy, declared, verified)) continue;
    addFinding(list, 'INCOME_UNDERDECLARED', income.member, name === 'wage' ? wageSource : 'tax', null, {
      category: name,
      declared: formatYuan(declared),
      verified: formatYuan(verified),
      tolerance: formatYuan(Math.max(policy.tolerance.yearly, toleratedShare(policy, declared))),
    });
  }
}

/** verified − declared is above both tolerances. */
export function isUnderdeclared(policy: Policy, declared: Fen, verified: Fen): boolean {
  const gap = verified - declared;
  return gap > policy.tolerance.yearly && !productAtLeast(declared, policy.tolerance.percent, gap, 10_000);
}

/** A gap in whole fen is above a share with a fraction exactly when it is above the share rounded down, in fen. */
export function toleratedShare(policy: Policy, declared: Fen): number {
  return productDividedDown(declared, policy.tolerance.percent, 10_000);
}
