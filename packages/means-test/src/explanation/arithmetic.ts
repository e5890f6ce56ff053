import {
  type Bilingual,
  type ExplainedArithmetic,
  type ExplainedMember,
  formatDay,
  formatMonth,
  formatYuan,
  type MemberIncome,
  type Month,
} from '@hedui/contracts';
import { perCapitaMonthly } from '../assess.js';
import { WINDOW_MONTHS } from '../dates.js';
import { assessedTotal, employmentShare, verifiedIncome, windowMonths } from '../income.js';
import { deathBy } from '../measures.js';
import { type AmountTable, lookUp } from '../policy/amounts.js';
import type { ExaminedCase } from './case.js';
import { incomeLines } from './income-lines.js';
import { explainSupporters } from './supporters.js';
import { explainTests } from './tests.js';
import { type Sentence, say } from './texts/sentences.js';
import { wordFor } from './texts/terms.js';

/** Every figure of a report with the steps that lead to it (README §4 to §8). */
export function explainArithmetic(examined: ExaminedCase): ExplainedArithmetic {
  const { policy, examination } = examined;
  const { measures, standards, dates, programme, assessment } = examination;
  const perCapita = perCapitaMonthly(assessment);
  const members = assessment.income.flatMap((income) => explainMember(examined, income) ?? []);
  return {
    window: {
      from: formatMonth(dates.windowStart),
      to: formatMonth((dates.windowStart + WINDOW_MONTHS - 1) as Month),
    },
    standard: policyRow(examined, policy.standards, 'standard') ?? missing(),
    disposable: policyRow(examined, policy.disposableIncome, 'disposable'),
    members: members.map(({ line }) => line),
    notCounted: explainNotCounted(examined),
    countedMembers: measures.countedMembers,
    supporters: explainSupporters(examined),
    annualIncome: yearlyIncome(
      members.reduce((sum, { contribution }) => sum + contribution, 0),
      measures.support.reduce((sum, support) => sum + support.amount, 0),
      measures.annualIncome,
    ),
    expenditure: formatYuan(measures.expenditure),
    perCapitaMonthly: perCapita === null ? null : formatYuan(perCapita),
    tests: measures.countedMembers === 0 ? [] : explainTests(programme, measures, standards),
  };
}

function explainMember(
  examined: ExaminedCase,
  income: MemberIncome,
): { line: ExplainedMember; contribution: number } | null {
  const { policy, household, facts, examination } = examined;
  const { member } = income;
  const person = household.persons[member - 1];
  const held = facts[member - 1];
  if (person === undefined || held === undefined) return null;
  const months = windowMonths(examination.dates);
  const verified = verifiedIncome(held, examination.dates, months);
  const total = assessedTotal(person.declared, verified);
  const assessed = formatYuan(total);
  const contribution = total - income.deduction;
  const line: ExplainedMember = {
    member,
    income: incomeLines(policy, income, months, verified),
    assessed,
    deduction: explainDeduction(examined, income),
    contribution: formatYuan(contribution),
    rigidExpenditure: formatYuan(person.rigidExpenditure),
    text: say('member', {
      member,
      assessed,
      deduction: formatYuan(income.deduction),
      contribution: formatYuan(contribution),
    }),
  };
  return { line, contribution };
}

function explainDeduction({ policy }: ExaminedCase, income: MemberIncome): ExplainedMember['deduction'] {
  const { percent, yearlyCap } = policy.employmentCost;
  const share = employmentShare(policy, income.wage.assessed);
  const bound = share <= yearlyCap ? 'percent' : 'cap';
  const line = {
    percent: formatYuan(percent),
    share: formatYuan(share),
    cap: formatYuan(yearlyCap),
    bound,
    amount: formatYuan(income.deduction),
  } as const;
  return {
    ...line,
    text: say('deduction', { ...line, wage: formatYuan(income.wage.assessed), bound: wordFor(bound, 'bound') }),
  };
}

function explainNotCounted({ household, facts, examination }: ExaminedCase): ExplainedArithmetic['notCounted'] {
  return household.persons.flatMap((person, i) => {
    const death = person.relation === 'supporter' ? null : deathBy(facts[i]?.death ?? [], examination.dates);
    if (death === null) return [];
    const deathDate = formatDay(death.deathDate);
    return [
      { member: i + 1, reason: 'deceased' as const, deathDate, text: say('notCounted', { member: i + 1, deathDate }) },
    ];
  });
}

function yearlyIncome(members: number, support: number, amount: number): ExplainedArithmetic['annualIncome'] {
  const line = { members: formatYuan(members), support: formatYuan(support), amount: formatYuan(amount) };
  return { ...line, text: say('annualIncome', line) };
}

/** The row of the policy that decides for the household's region, area and date. */
function policyRow(
  { household }: ExaminedCase,
  table: AmountTable,
  sentence: Extract<Sentence, 'standard' | 'disposable'>,
): ExplainedArithmetic['disposable'] {
  const { region, area, asOf } = household;
  const row = lookUp(table, region, area, asOf);
  if (row === null) return null;
  const line = { amount: formatYuan(row.amount), region: row.region, area, from: formatDay(row.from) };
  const text: Bilingual = say(sentence, { ...line, area: wordFor(area) });
  return { ...line, text };
}

function missing(): never {
  throw new TypeError('a household without a standard was examined');
}
