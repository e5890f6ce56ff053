import {
  type Counterfactual,
  type ExplainedFinding,
  FINDING_TITLES,
  type Finding,
  formatYuan,
  type SourceName,
  type SourceState,
} from '@hedui/contracts';
import { type Adjustment, type Examination, examine } from '../examine.js';
import { fundLimit, spendable, yearlyStandard } from '../programme-tests.js';
import { type Altered, cleared, lowestCeiling } from './alterations.js';
import type { ExaminedCase } from './case.js';
import { type Sentence, say } from './texts/sentences.js';
import { listed, wordFor } from './texts/terms.js';

type Change = Pick<Counterfactual, 'kind'> & Partial<Pick<Counterfactual, 'findings' | 'sources' | 'amount'>>;

/** What would have to be different for another conclusion; each is told by running the rules on the changed input. */
export function counterfactuals(
  examined: ExaminedCase,
  findings: readonly ExplainedFinding[],
  silent: readonly SourceName[],
): Counterfactual[] {
  const { examination } = examined;
  const original: Altered = { household: examined.household, facts: examined.facts, adjust: [] };
  const told: Counterfactual[] = [];
  const tell = (change: Change, outcome: Examination): void => {
    told.push(written(examination, findings, change, outcome));
  };
  const withEffect = (...effects: Finding['effect'][]): number[] =>
    findings.flatMap((finding, i) => (effects.includes(finding.effect) ? [i] : []));

  const ceiling = lowestCeiling(examination.measures, examination.programme, examination.standards);
  const decisive = withEffect('fails', 'review');
  for (const at of decisive) {
    const finding = findings[at];
    const input = finding === undefined ? null : cleared(original, finding);
    if (finding === undefined || input === null) continue;
    const outcome = run(examined, input, examined.sources);
    if (stands(outcome, finding)) continue;
    tell({ ...changeFor(finding, examination), findings: [at] }, outcome);
  }

  const failing = withEffect('fails');
  for (const [kind, together] of [
    ['without_failing', failing],
    ['without_failing_and_review', decisive],
  ] as const) {
    if (together.length < 2 || (kind === 'without_failing_and_review' && together.length === failing.length)) continue;
    const input = clearedTogether(original, findings, together);
    if (input !== null) tell({ kind, findings: together }, run(examined, input, examined.sources));
  }

  if (ceiling !== null && examination.measures.countedMembers > 0 && examination.measures.annualIncome < ceiling) {
    const raise: Adjustment = (measures) => {
      measures.annualIncome = ceiling;
    };
    const amount = formatYuan(ceiling - examination.measures.annualIncome);
    tell({ kind: 'income_higher', amount }, run(examined, { ...original, adjust: [raise] }, examined.sources));
  }

  for (const source of silent) {
    tell({ kind: 'source_answers', sources: [source] }, run(examined, original, answering(examined, [source])));
  }
  if (silent.length > 1) {
    const outcome = run(examined, original, answering(examined, silent));
    tell({ kind: 'required_sources_answer', sources: [...silent] }, outcome);
  }
  return told;
}

/** A household's total that is over a limit is told with the amount by which it is. */
function changeFor({ code }: Finding, { measures, programme, standards }: Examination): Change {
  const ceiling = lowestCeiling(measures, programme, standards);
  const balance = fundLimit(programme, measures, standards);
  if (code === 'INCOME_OVER' && ceiling !== null) {
    return { kind: 'income_lower', amount: formatYuan(measures.annualIncome - ceiling + 1) };
  }
  if (code === 'EXPENDITURE_LOW') {
    const amount = spendable(measures) - yearlyStandard(measures, standards) + 1;
    return { kind: 'expenditure_higher', amount: formatYuan(amount) };
  }
  if (code === 'FUND_BALANCE_OVER' && balance !== null) {
    return { kind: 'fund_balance_lower', amount: formatYuan(measures.fundBalance - balance) };
  }
  return { kind: 'without_finding' };
}

/** Null when one of them cannot be cleared. */
function clearedTogether(input: Altered, findings: readonly Finding[], at: readonly number[]): Altered | null {
  let altered: Altered | null = input;
  for (const i of at) {
    const finding = findings[i];
    if (altered !== null && finding !== undefined) altered = cleared(altered, finding);
  }
  return altered;
}

function run(examined: ExaminedCase, input: Altered, sources: readonly SourceState[]): Examination {
  return examine(examined.policy, input.household, input.facts, sources, (measures, programme, standards) => {
    for (const adjust of input.adjust) adjust(measures, programme, standards);
  });
}

/** The states as they would be had these sources answered on the as-of date, with nothing new. */
function answering({ sources, household }: ExaminedCase, named: readonly SourceName[]): SourceState[] {
  const others = sources.filter((state) => !named.some((source) => source === state.source));
  const answered = named.map((source) => ({
    source,
    state: 'answered' as const,
    asOf: household.asOf,
    loading: false,
  }));
  return [...others, ...answered];
}

function stands({ assessment }: Examination, finding: Finding): boolean {
  return assessment.findings.some(
    (other) =>
      other.code === finding.code &&
      other.member === finding.member &&
      other.source === finding.source &&
      other.recordId === finding.recordId &&
      other.detail.category === finding.detail.category,
  );
}

const SENTENCES: Readonly<Record<Counterfactual['kind'], Sentence>> = {
  without_finding: 'withoutFinding',
  without_failing: 'withoutFinding',
  without_failing_and_review: 'withoutFinding',
  income_lower: 'incomeLower',
  income_higher: 'incomeHigher',
  expenditure_higher: 'expenditureHigher',
  fund_balance_lower: 'fundBalanceLower',
  source_answers: 'sourceAnswers',
  required_sources_answer: 'sourceAnswers',
};

function written(
  { assessment }: Examination,
  findings: readonly ExplainedFinding[],
  change: Change,
  { assessment: outcome }: Examination,
): Counterfactual {
  const { kind, findings: at = [], sources = [], amount = null } = change;
  const titles = at.flatMap((i) => {
    const finding = findings[i];
    if (finding === undefined) return [];
    const title = FINDING_TITLES[finding.code];
    return [finding.member === null ? title : say('titleOfRow', { title, row: finding.member })];
  });
  const differs = outcome.conclusion !== assessment.conclusion;
  return {
    kind,
    findings: at,
    sources,
    amount,
    conclusion: outcome.conclusion,
    tier: outcome.tier,
    differs,
    text: say(SENTENCES[kind], {
      findings: listed(titles),
      sources: listed(sources.map((source) => wordFor(source))),
      amount: amount ?? '',
      would: say(differs ? 'would' : 'wouldStill', { conclusion: wordFor(outcome.conclusion) }),
    }),
  };
}
