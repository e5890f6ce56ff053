import {
  type DeathFact,
  type Fen,
  formatDay,
  formatYuan,
  type MemberIncome,
  RECORD_TYPES,
  type RegistrationFact,
  type RequestPerson,
  type RoleFact,
  type Support,
} from '@hedui/contracts';
import { collectBenefits, examineDeadAssistance, type OtherBenefit, ownBenefitOf } from './assistance.js';
import type { KeyDates } from './dates.js';
import { MEMBER_TYPES_MASK, NO_FACTS, type PersonFacts, SOURCE_MASKS, SUPPORTER_TYPES_MASK } from './facts.js';
import { addFinding, type FindingList } from './finding-list.js';
import { examineFund } from './fund.js';
import type { HouseholdCase } from './household.js';
import { assessedTotal, compareDeclared, memberIncome, verifiedIncome } from './income.js';
import { examineMarriage } from './marriage.js';
import type { Policy } from './policy/compile.js';
import { examineRoles } from './roles.js';
import { supportOf } from './support.js';
import { examineVehicles, type Held } from './vehicles.js';

/**
 * What is measured of a household once, whatever programme is asked about: any programme's own tests are then a few
 * comparisons, so that finding the tier does not read the records again.
 */
export interface Measures {
  /** n */
  countedMembers: number;
  /** Y, fen a year. */
  annualIncome: number;
  /** E, fen a year. */
  expenditure: number;
  /** Balances that count, fen. */
  fundBalance: number;
  vehicles: Held<RegistrationFact>[];
  investors: Held<RoleFact>[];
  benefits: OtherBenefit[];
  income: MemberIncome[];
  support: Support[];
}

/** Measures a household; findings that no key of a programme decides go to `list`. `standard` is B, monthly. */
export function measure(
  policy: Policy,
  dates: KeyDates,
  household: HouseholdCase,
  facts: readonly PersonFacts[],
  standard: Fen,
  list: FindingList,
): Measures {
  const measures: Measures = {
    countedMembers: 0,
    annualIncome: 0,
    expenditure: 0,
    fundBalance: 0,
    vehicles: [],
    investors: [],
    benefits: [],
    income: [],
    support: [],
  };
  const ownBenefit = ownBenefitOf(household);
  let row = 0;
  for (const person of household.persons) {
    const held = facts[row] ?? NO_FACTS;
    row++;
    const death = deathBy(held.death, dates);
    if (death !== null) {
      addFinding(list, 'MEMBER_DECEASED', row, 'civil_affairs', null, { deathDate: formatDay(death.deathDate) });
    }
    if (person.relation === 'supporter') {
      measureSupporter(policy, dates, row, person, held, death !== null, standard, measures, list);
    } else if (death !== null) {
      examineDeadAssistance(dates.asOf, list, row, held);
    } else {
      measures.countedMembers++;
      measures.expenditure += person.rigidExpenditure;
      nameMismatches(list, row, held.otherNames & MEMBER_TYPES_MASK);
      measureIncome(policy, dates, row, person, held, measures, list);
      examineVehicles(policy, dates, list, row, held, measures.vehicles);
      measures.fundBalance += examineFund(policy, dates, list, row, held);
      examineRoles(dates, list, row, held, measures.investors);
      examineMarriage(dates, list, row, person, held, household.persons);
      collectBenefits(policy, dates.asOf, household.region, ownBenefit, row, held, measures.benefits);
    }
  }
  measures.annualIncome = Math.max(0, measures.annualIncome);
  return measures;
}

function measureIncome(
  policy: Policy,
  dates: KeyDates,
  row: number,
  person: RequestPerson,
  facts: PersonFacts,
  measures: Measures,
  list: FindingList,
): void {
  const verified = verifiedIncome(facts, dates);
  const income = memberIncome(policy, row, person.declared, verified);
  measures.income.push(income);
  measures.annualIncome += assessedTotal(person.declared, verified) - income.deduction;
  compareDeclared(policy, list, income, verified.wageSource);
}

function measureSupporter(
  policy: Policy,
  dates: KeyDates,
  row: number,
  person: RequestPerson,
  facts: PersonFacts,
  dead: boolean,
  standard: Fen,
  measures: Measures,
  list: FindingList,
): void {
  if (dead) {
    measures.support.push({ supporter: row, amount: 0 as Fen, basis: 'recipient' });
    return;
  }
  nameMismatches(list, row, facts.otherNames & SUPPORTER_TYPES_MASK);
  const support = supportOf(policy, dates, row, person, facts, standard);
  measures.support.push(support);
  measures.annualIncome += support.amount;
  if (support.amount > 0) {
    addFinding(list, 'SUPPORTER_CAPABLE', row, null, null, {
      amount: formatYuan(support.amount),
      basis: support.basis,
    });
  }
}

/** The earliest death by T; null for the living. */
export function deathBy(deaths: readonly DeathFact[], dates: KeyDates): DeathFact | null {
  let earliest: DeathFact | null = null;
  for (const death of deaths) {
    if (death.deathDate > dates.asOf) continue;
    if (earliest === null || death.deathDate < earliest.deathDate) earliest = death;
  }
  return earliest;
}

/** ID_NAME_MISMATCH, once per source, whatever the dates of the records (README §3). */
function nameMismatches(list: FindingList, row: number, types: number): void {
  if (types === 0) return;
  for (const { source, mask } of SOURCE_MASKS) {
    if ((types & mask) === 0) continue;
    const recordTypes = RECORD_TYPES.filter((_, i) => (types & mask & (1 << i)) !== 0).map((entry) => entry.type);
    addFinding(list, 'ID_NAME_MISMATCH', row, source, null, { recordTypes: recordTypes.join(',') });
  }
}
