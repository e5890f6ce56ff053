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

/** Y ≥ ceiling × B × 12 × n */
function overMultiple(programme: Programme, m: Measures, standards: Standards): boolean {
  const { incomeCeiling } = programme;
  return (
    incomeCeiling !== null &&
    productAtLeast(m.annualIncome, 100, incomeCeiling, standards.monthly * 12 * m.countedMembers)
  );
}

/** Y ≥ D × n */
function overDisposable(programme: Programme, m: Measures, standards: Standards): boolean {
  return (
    programme.incomeCeilingDisposable &&
    standards.disposable !== null &&
    m.annualIncome >= standards.disposable * m.countedMembers
  );
}

/** max(0, Y − E) ≥ B × 12 × n */
function expenditureLow(programme: Programme, m: Measures, standards: Standards): boolean {
  return (
    programme.expenditureTest &&
    Math.max(0, m.annualIncome - m.expenditure) >= standards.monthly * 12 * m.countedMembers
  );
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
  if (programme.investorCapital !== null) {
    for (const { fact } of m.investors) {
      if ((fact.capital ?? 0) > programme.investorCapital) codes |= findingBit.COMPANY_INVESTOR;
    }
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
      limit: formatYuan(standards.monthly * 12 * m.countedMembers),
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
  if (has('FUND_BALANCE_OVER') && programme.fundBalanceMonths !== null) {
    const limit = productDividedDown(programme.fundBalanceMonths, standards.monthly * m.countedMembers, 100);
    addFinding(list, 'FUND_BALANCE_OVER', null, 'housing_fund', null, {
      balance: formatYuan(m.fundBalance),
      limit: formatYuan(limit),
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
  const yearly = standards.monthly * 12 * m.countedMembers;
  const limits: number[] = [];
  if (multiple) limits.push(productDividedUp(programme.incomeCeiling ?? 0, yearly, 100));
  if (disposable) limits.push((standards.disposable ?? 0) * m.countedMembers);
  addFinding(list, 'INCOME_OVER', null, null, null, {
    ceiling: multiple && disposable ? 'both' : multiple ? 'multiple' : 'disposable',
    limit: formatYuan(Math.min(...limits)),
    annualIncome: formatYuan(m.annualIncome),
  });
}
