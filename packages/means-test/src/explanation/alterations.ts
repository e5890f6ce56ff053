import {
  type Fen,
  type Finding,
  type IncomeCategory,
  parseYuan,
  type RecordTypeName,
  type RequestPerson,
} from '@hedui/contracts';
import type { Adjustment } from '../examine.js';
import { type PersonFacts, SOURCE_MASKS } from '../facts.js';
import type { HouseholdCase } from '../household.js';
import { disposableLimit, fundLimit, multipleLimit, spendable, yearlyStandard } from '../programme-tests.js';
import { DECIDING_TYPE } from './records.js';

/** The input of the rules, to be changed and run again; `adjust` changes what no single record decides. */
export interface Altered {
  household: HouseholdCase;
  facts: readonly PersonFacts[];
  adjust: Adjustment[];
}

type PersonChange = (person: RequestPerson) => RequestPerson;
type FactsChange = (facts: PersonFacts) => PersonFacts;

/**
 * The input as it would be had a finding been cleared: its record set aside, or the declaration brought into line, or the
 * household's total moved just within the limit. Null where nothing that a family could show would clear it.
 */
export function cleared(input: Altered, finding: Finding): Altered | null {
  const adjustment = ADJUSTMENTS[finding.code];
  if (adjustment !== undefined) return { ...input, adjust: [...input.adjust, adjustment] };
  if (finding.member === null) return null;
  const row = finding.member;
  const person = personChange(finding);
  if (person !== null) {
    const persons = input.household.persons.map((p, i) => (i + 1 === row ? person(p) : p));
    return { ...input, household: { ...input.household, persons } };
  }
  const change = factsChange(finding);
  return change === null ? null : { ...input, facts: input.facts.map((f, i) => (i + 1 === row ? change(f) : f)) };
}

/** Moves income to the last fen below every ceiling of the programme. */
export const belowCeilings: Adjustment = (measures, programme, standards) => {
  const limit = lowestCeiling(measures, programme, standards);
  if (limit !== null && measures.annualIncome >= limit) measures.annualIncome = Math.max(0, limit - 1);
};

/** The lowest income that is over one of the ceilings of the programme, fen; null without a ceiling. */
export const lowestCeiling = (...[measures, programme, standards]: Parameters<Adjustment>): number | null => {
  const limits = [
    multipleLimit(programme, measures, standards),
    disposableLimit(programme, measures, standards),
  ].filter((limit) => limit !== null);
  return limits.length === 0 ? null : Math.min(...limits);
};

const ADJUSTMENTS: Readonly<Partial<Record<Finding['code'], Adjustment>>> = {
  INCOME_OVER: belowCeilings,
  EXPENDITURE_LOW: (measures, _programme, standards) => {
    const above = spendable(measures) - yearlyStandard(measures, standards);
    if (above >= 0) measures.expenditure = Math.max(0, measures.expenditure + above + 1);
  },
  FUND_BALANCE_OVER: (measures, programme, standards) => {
    const limit = fundLimit(programme, measures, standards);
    if (limit !== null && measures.fundBalance > limit) measures.fundBalance = limit;
  },
};

function personChange(finding: Finding): PersonChange | null {
  switch (finding.code) {
    case 'SUPPORTER_CAPABLE':
      return (person) => ({ ...person, agreedSupport: 0 as Fen });
    case 'MARITAL_CONFLICT': {
      const { state } = finding.detail;
      if (state !== 'married' && state !== 'divorced' && state !== 'widowed') return null;
      return (person) => ({ ...person, maritalStatus: state });
    }
    case 'INCOME_UNDERDECLARED': {
      const { category } = finding.detail;
      const verified = parseYuan(String(finding.detail.verified));
      return verified === null
        ? null
        : (person) => ({ ...person, declared: replaced(person.declared, category, verified) });
    }
    default:
      return null;
  }
}

function replaced(declared: RequestPerson['declared'], category: unknown, amount: Fen): RequestPerson['declared'] {
  const [wage, operating, property, transfer, other] = declared;
  const or = (name: IncomeCategory, before: Fen): Fen => (name === category ? amount : before);
  return [
    or('wage', wage),
    or('operating', operating),
    or('property', property),
    or('transfer', transfer),
    or('other', other),
  ];
}

function factsChange(finding: Finding): FactsChange | null {
  const { code, recordId, source } = finding;
  switch (code) {
    case 'ID_NAME_MISMATCH': {
      const mask = SOURCE_MASKS.find((entry) => entry.source === source)?.mask ?? 0;
      return (facts) => ({ ...facts, otherNames: facts.otherNames & ~mask });
    }
    case 'SPOUSE_UNDECLARED':
    case 'RECENT_DIVORCE':
      // An earlier event would come to light behind the latest: the member's events are set aside together.
      return (facts) => ({ ...facts, marriage: [] });
    case 'FUND_LOAN':
      return onAccount(recordId, (account) => ({ ...account, loanRepayment: null }));
    case 'FUND_ACTIVE':
      return onAccount(recordId, (account) => ({ ...account, status: '02' }));
    default: {
      const type = DECIDING_TYPE[code];
      return type === undefined ? null : setAside(type, recordId);
    }
  }
}

function onAccount(recordId: string | null, change: (a: PersonFacts['account'][number]) => typeof a): FactsChange {
  return (facts) => ({ ...facts, account: facts.account.map((a) => (a.recordId === recordId ? change(a) : a)) });
}

function setAside(type: RecordTypeName, recordId: string | null): FactsChange {
  const without = <F extends { recordId: string }>(all: readonly F[]): F[] =>
    all.filter((f) => f.recordId !== recordId);
  return (facts) => ({
    ...facts,
    registration: type === 'registration' ? without(facts.registration) : facts.registration,
    role: type === 'role' ? without(facts.role) : facts.role,
    assistance: type === 'assistance' ? without(facts.assistance) : facts.assistance,
    death: type === 'death' ? [] : facts.death,
  });
}
