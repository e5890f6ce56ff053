import { type Fen, type FindingCode, formatYuan } from '@hedui/contracts';
import { assistanceDetail } from './assistance.js';
import { productAtLeast, productDividedDown, productDividedUp } from './exact.js';
import { addFinding, type FindingList } from './finding-list.js';
import type { Measures } from './measures.js';
import { findingBit, type Programme } from './policy/compile.js';
import { roleDetail } from './roles.js';
import { vehicleDetail } from './vehicles.js';

/** B and D for the household at T, fen; D is null where the policy has none. */
export interface Standards {
  monthly: Fen;
  disposable: Fen | null;
}

/** B × 12 × n, fen a year. */
export function yearlyStandard(m: Measures, standards: Standards): number {
  return standards.monthly * 12 * m.countedMembers;
}

/** The first fen of income that is over the multiple of B: ⌈ceiling × B × 12 × n⌉; null without such a test. */
export function multipleLimit(programme: Programme, m: Measures, standards: Standards): number | null {
  const { incomeCeiling } = programme;
  return incomeCeiling === null ? null : productDividedUp(incomeCeiling, yearlyStandard(m, standards), 100);
}

/** The first fen of income that is over D: D × n; null without such a test. */
export function disposableLimit(programme: Programme, m: Measures, standards: Standards): number | null {
  if (!programme.incomeCeilingDisposable || standards.disposable === null) return null;
  return standards.disposable * m.countedMembers;
}

/** max(0, Y − E), fen a year. */
export function spendable(m: Measures): number {
  return Math.max(0, m.annualIncome - m.expenditure);
}

/** The highest balance that is not over, fen: ⌊months × B × n⌋; null without such a test. */
export function fundLimit(programme: Programme, m: Measures, standards: Standards): number | null {
  const { fundBalanceMonths } = programme;
  if (fundBalanceMonths === null) return null;
  return productDividedDown(fundBalanceMonths, standards.monthly * m.countedMembers, 100);
}

/** The highest subscribed capital of the roles that count, fen; 0 when there are none. */
export function highestCapital(m: Measures): number {
  let highest = 0;
  for (const { fact } of m.investors) highest = Math.max(highest, fact.capital ?? 0);
  return highest;
}

/** Y ≥ ceiling × B × 12 × n */
export function overMultiple(programme: Programme, m: Measures, standards: Standards): boolean {
  const { incomeCeiling } = programme;
  return incomeCeiling !== null && productAtLeast(m.annualIncome, 100, incomeCeiling, yearlyStandard(m, standards));
}

/** Y ≥ D × n */
export function overDisposable(programme: Programme, m: Measures, standards: Standards): boolean {
  const limit = disposableLimit(programme, m, standards);
  return limit !== null && m.annualIncome >= limit;
}

/** max(0, Y − E) ≥ B × 12 × n */
function expenditureLow(programme: Programme, m: Measures, standards: Standards): boolean {
  return programme.expenditureTest && spendable(m) >= yearlyStandard(m, standards);
}

/** Balances together > months × B × n */
function fundBalanceOver(programme: Programme, m: Measures, standards: Standards): boolean {
  const { fundBalanceMonths } = programme;
  return (
    fundBalanceMonths !== null &&
    !productAtLeast(fundBalanceMonths, standards.monthly * m.countedMembers, m.fundBalance, 100)
  );
}

/**
 * The codes that a programme's own tests give a household, as the sum of their bits (README §8): all that is needed to
 * tell whether the household would reach it.
 */
export function testCodes(programme: Programme, m: Measures, standards: Standards): number {
  let codes = 0;
  if (overMultiple(programme, m, standards) || overDisposable(programme, m, standards)) codes |= findingBit.INCOME_OVER;
  if (expenditureLow(programme, m, standards)) codes |= findingBit.EXPENDITURE_LOW;
  if (programme.maxVehicles !== null && m.vehicles.length > programme.maxVehicles) codes |= findingBit.VEHICLE_OWNED;
  if (fundBalanceOver(programme, m, standards)) codes |= findingBit.FUND_BALANCE_OVER;
  if (programme.investorCapital !== null && highestCapital(m) > programme.investorCapital) {
    codes |= findingBit.COMPANY_INVESTOR;
  }
  if (programme.exclusive) for (const benefit of m.benefits) codes |= findingBit[benefit.code];
  return codes;
}

/** Adds the findings of the tests of the programme applied for, with their evidence. */
export function addTestFindings(list: FindingList, m: Measures, standards: Standards): void {
  const { programme } = list;
  const codes = testCodes(programme, m, standards);
  const has = (code: FindingCode): boolean => (codes & findingBit[code]) !== 0;
  if (has('INCOME_OVER')) addIncomeOver(list, m, standards);
  if (has('EXPENDITURE_LOW')) {
    addFinding(list, 'EXPENDITURE_LOW', null, null, null, {
      annualIncome: formatYuan(m.annualIncome),
      expenditure: formatYuan(m.expenditure),
      limit: formatYuan(yearlyStandard(m, standards)),
    });
  }
  if (has('VEHICLE_OWNED')) {
    for (const { member, fact } of m.vehicles) {
      const detail = vehicleDetail(fact);
      detail.counted = m.vehicles.length;
      detail.allowed = programme.maxVehicles;
      addFinding(list, 'VEHICLE_OWNED', member, 'vehicle', fact.recordId, detail);
    }
  }
  if (has('FUND_BALANCE_OVER')) {
    addFinding(list, 'FUND_BALANCE_OVER', null, 'housing_fund', null, {
      balance: formatYuan(m.fundBalance),
      limit: formatYuan(fundLimit(programme, m, standards) ?? 0),
    });
  }
  if (programme.investorCapital !== null) {
    for (const { member, fact } of m.investors) {
      if ((fact.capital ?? 0) <= programme.investorCapital) continue;
      const detail = roleDetail(fact);
      detail.limit = formatYuan(programme.investorCapital);
      addFinding(list, 'COMPANY_INVESTOR', member, 'business_registry', fact.recordId, detail);
    }
  }
  if (programme.exclusive) {
    for (const { member, fact, code } of m.benefits) {
      addFinding(list, code, member, 'civil_affairs', fact.recordId, assistanceDetail(fact));
    }
  }
}

/** The limit told is the lower of those reached, rounded up to a whole fen: income at or above it is over. */
function addIncomeOver(list: FindingList, m: Measures, standards: Standards): void {
  const { programme } = list;
  const multiple = overMultiple(programme, m, standards);
  const disposable = overDisposable(programme, m, standards);
  const reached = [
    multiple ? multipleLimit(programme, m, standards) : null,
    disposable ? disposableLimit(programme, m, standards) : null,
  ].filter((limit) => limit !== null);
  addFinding(list, 'INCOME_OVER', null, null, null, {
    ceiling: multiple && disposable ? 'both' : multiple ? 'multiple' : 'disposable',
    limit: formatYuan(Math.min(...reached)),
    annualIncome: formatYuan(m.annualIncome),
  });
}
