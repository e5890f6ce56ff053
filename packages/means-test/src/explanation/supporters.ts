import { type Bilingual, type ExplainedSupporter, formatDay, formatYuan, type Support } from '@hedui/contracts';
import { memberIncome, verifiedIncome, windowMonths } from '../income.js';
import { deathBy } from '../measures.js';
import { noSupportSteps, type SupportSteps, supportedBy, supportOf } from '../support.js';
import type { ExaminedCase } from './case.js';
import { incomeLines } from './income-lines.js';
import { say } from './texts/sentences.js';

type Formula = ExplainedSupporter['formula'];

/** How each supporter's part came about (README §6). */
export function explainSupporters(examined: ExaminedCase): ExplainedSupporter[] {
  return examined.examination.measures.support.flatMap((support) => explainSupporter(examined, support) ?? []);
}

function explainSupporter(examined: ExaminedCase, support: Support): ExplainedSupporter | null {
  const { policy, household, facts, examination } = examined;
  const person = household.persons[support.supporter - 1];
  const held = facts[support.supporter - 1];
  if (person === undefined || held === undefined) return null;
  const death = deathBy(held.death, examination.dates);
  const steps = noSupportSteps();
  if (death === null) {
    supportOf(policy, examination.dates, support.supporter, person, held, examination.standards.monthly, steps);
  }
  const reason: ExplainedSupporter['reason'] = death !== null ? 'deceased' : support.basis;
  const line = {
    supporter: support.supporter,
    basis: support.basis,
    reason,
    amount: formatYuan(support.amount),
    householdSize: person.householdSize,
    supportedPersons: supportedBy(person),
    agreedSupport: person.agreedSupport === null ? null : formatYuan(person.agreedSupport),
    deathDate: death === null ? null : formatDay(death.deathDate),
    benefitRecordId: steps.benefit?.recordId ?? null,
    formula: explainFormula(examined, support.supporter, steps),
  };
  return { ...line, steps: sentences(line) };
}

function explainFormula(examined: ExaminedCase, supporter: number, steps: SupportSteps): Formula {
  const { policy, household, facts, examination } = examined;
  const person = household.persons[supporter - 1];
  const held = facts[supporter - 1];
  const { income, line, excess, share } = steps;
  if (person === undefined || held === undefined) return null;
  if (income === null || line === null || excess === null || share === null) return null;
  const months = windowMonths(examination.dates);
  const verified = verifiedIncome(held, examination.dates, months);
  return {
    income: incomeLines(policy, memberIncome(policy, supporter, person.declared, verified), months, null),
    assessed: formatYuan(income),
    standardMonthly: formatYuan(examination.standards.monthly),
    standardMultiple: formatYuan(policy.supporter.standardMultiple),
    line: exactYuan(line, 4),
    excess: exactYuan(excess, 4),
    ratePercent: formatYuan(policy.supporter.ratePercent),
    share: exactYuan(share, 8),
  };
}

function sentences(line: Omit<ExplainedSupporter, 'steps'>): Bilingual[] {
  const { supporter, amount, formula } = line;
  if (line.reason === 'deceased') return [say('supporterDeceased', { supporter, date: line.deathDate ?? '' })];
  if (line.reason === 'agreed') return [say('supporterAgreed', { supporter, amount })];
  if (formula === null) return [say('supporterRecipient', { supporter, record: line.benefitRecordId ?? '' })];
  return [
    say('supporterIncome', { supporter, income: formula.assessed }),
    say('supporterLine', {
      size: line.householdSize,
      standard: formula.standardMonthly,
      multiple: formula.standardMultiple,
      line: formula.line,
    }),
    say('supporterExcess', { income: formula.assessed, line: formula.line, excess: formula.excess }),
    say('supporterAmount', {
      excess: formula.excess,
      rate: formula.ratePercent,
      supported: line.supportedPersons,
      amount,
    }),
  ];
}

/** An amount of 10^−`decimals` yuan as yuan, without trailing zeros beyond the second decimal. */
export function exactYuan(amount: bigint, decimals: number): string {
  const digits = amount.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, -decimals);
  const fraction = digits.slice(-decimals).replace(/0+$/, '').padEnd(2, '0');
  return `${whole}.${fraction}`;
}
