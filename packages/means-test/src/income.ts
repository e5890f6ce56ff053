import {
  type AccountFact,
  type CategoryIncome,
  type Fen,
  formatYuan,
  INCOME_CATEGORIES,
  type MemberIncome,
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

/** Verified income of a person over the twelve months before T's month. */
export function verifiedIncome(facts: PersonFacts, dates: KeyDates): VerifiedIncome {
  const start = dates.windowStart;
  let wage = 0;
  let operating = 0;
  let property = 0;
  let other = 0;
  const taxWage = facts.account.length > 0 ? new Array<number>(WINDOW_MONTHS).fill(0) : null;
  for (const month of facts.income) {
    const at = month.month - start;
    if (at < 0 || at >= WINDOW_MONTHS) continue;
    wage += month.wage;
    operating += month.operating;
    property += month.property;
    other += month.other;
    if (taxWage !== null) taxWage[at] = (taxWage[at] ?? 0) + month.wage;
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
function fundWageByMonth(accounts: readonly AccountFact[], start: number): number[] {
  const wages = new Array<number>(WINDOW_MONTHS).fill(0);
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
  const share = productDividedDown(wage.assessed, policy.employmentCost.percent, 10_000);
  return {
    member,
    deduction: Math.min(share, policy.employmentCost.yearlyCap) as Fen,
    wage,
    operating: category(declared[1], verified.operating),
    property: category(declared[2], verified.property),
    transfer: category(declared[3], 0 as Fen),
    other: category(declared[4], verified.other),
  };
}

function category(declared: Fen, verified: Fen): CategoryIncome {
  return { declared, verified, assessed: declared > verified ? declared : verified };
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
    const gap = verified - declared;
    if (gap <= policy.tolerance.yearly) continue;
    if (productAtLeast(declared, policy.tolerance.percent, gap, 10_000)) continue;
    // A gap in whole fen is above a share with a fraction exactly when it is above the share rounded down.
    const share = productDividedDown(declared, policy.tolerance.percent, 10_000);
    addFinding(list, 'INCOME_UNDERDECLARED', income.member, name === 'wage' ? wageSource : 'tax', null, {
      category: name,
      declared: formatYuan(declared),
      verified: formatYuan(verified),
      tolerance: formatYuan(Math.max(policy.tolerance.yearly, share)),
    });
  }
}
