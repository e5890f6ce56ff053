import type { Assessment, MemberIncome } from './assessment.js';
import type { Day } from './calendar.js';
import { MalformedEvent } from './envelope.js';
import type { Fen } from './money.js';
import { INCOME_CATEGORIES } from './registry.js';

/** Filled in place: flatMap and spreading cost several times as much, in the inner loop of every chunk. */
function incomeTuple(m: MemberIncome): number[] {
  const tuple: number[] = [m.member, m.deduction];
  for (const category of INCOME_CATEGORIES) {
    const { declared, verified, assessed } = m[category];
    tuple.push(declared, verified, assessed);
  }
  return tuple;
}

/** An assessment as it is packed: values in a fixed order, which the report's digest relies on too. */
export function assessmentTuple(a: Assessment): unknown[] {
  return [
    a.conclusion,
    a.tier,
    a.countedMembers,
    a.standardMonthly,
    a.annualIncome,
    a.income.map(incomeTuple),
    a.support.map((s) => [s.supporter, s.amount, s.basis]),
    a.findings.map((f) => [f.code, f.effect, f.member, f.source, f.recordId, f.detail]),
    a.sources.map((s) => [s.source, s.state, s.asOf, s.loading]),
  ];
}

/** What is said of an assessment where its figures are stored and not looked into: who stores reports needs no more of most of them. */
export type AssessmentOutline = Pick<
  Assessment,
  'conclusion' | 'tier' | 'countedMembers' | 'standardMonthly' | 'annualIncome'
> & {
  findings: Pick<Assessment['findings'][number], 'code' | 'effect' | 'member'>[];
  sources: Pick<Assessment['sources'][number], 'source' | 'state' | 'asOf'>[];
};

/** Throws MalformedEvent. */
export function readAssessment(raw: unknown): Assessment {
  if (!Array.isArray(raw) || raw.length !== 9) throw new MalformedEvent('BAD_PAYLOAD', 'assessment');
  const [conclusion, tier, countedMembers, standardMonthly, annualIncome, income, support, findings, sources] = raw as [
    string,
    string | null,
    number,
    number,
    number,
    number[][],
    unknown[][],
    unknown[][],
    unknown[][],
  ];
  const category = (row: number[], at: number) => ({
    declared: row[at] as Fen,
    verified: row[at + 1] as Fen,
    assessed: row[at + 2] as Fen,
  });
  return {
    conclusion: conclusion as Assessment['conclusion'],
    tier,
    countedMembers,
    standardMonthly: standardMonthly as Fen,
    annualIncome: annualIncome as Fen,
    income: income.map((row) => ({
      member: row[0] as number,
      deduction: row[1] as Fen,
      wage: category(row, 2),
      operating: category(row, 5),
      property: category(row, 8),
      transfer: category(row, 11),
      other: category(row, 14),
    })),
    support: support.map(([supporter, amount, basis]) => ({
      supporter: supporter as number,
      amount: amount as Fen,
      basis: basis as Assessment['support'][number]['basis'],
    })),
    findings: findings.map(([code, effect, member, source, recordId, detail]) => ({
      code: code as Assessment['findings'][number]['code'],
      effect: effect as Assessment['findings'][number]['effect'],
      member: member as number | null,
      source: source as string | null,
      recordId: recordId as string | null,
      detail: detail as Assessment['findings'][number]['detail'],
    })),
    sources: sources.map(([source, state, asOf, loading]) => ({
      source: source as string,
      state: state as Assessment['sources'][number]['state'],
      asOf: asOf as Day | null,
      loading: loading as boolean,
    })),
  };
}
