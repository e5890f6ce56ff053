import type { Bilingual, ExplainedConclusion, ExplainedFinding, SourceName } from '@hedui/contracts';
import type { ExaminedCase } from './case.js';
import { counterfactuals } from './counterfactuals.js';
import { say } from './texts/sentences.js';
import { listed, wordFor } from './texts/terms.js';

type Step = ExplainedConclusion['steps'][number];
type DecidedBy = ExplainedConclusion['decidedBy'];

const DECIDED_BY: readonly DecidedBy[] = [
  'nobody_counted',
  'failing_finding',
  'silent_source',
  'review_finding',
  'nothing_found',
];

/** Which step decided, by what, and what would change it (README §11). */
export function explainConclusion(
  examined: ExaminedCase,
  findings: readonly ExplainedFinding[],
  silent: readonly SourceName[],
): ExplainedConclusion {
  const { conclusion, countedMembers } = examined.examination.assessment;
  const steps = countedMembers === 0 ? [nobodyCounted(conclusion, silent)] : fourSteps(findings, silent);
  const deciding = steps.find((step) => step.decides);
  return {
    conclusion,
    decidedBy: DECIDED_BY[deciding?.step ?? 0] ?? 'nobody_counted',
    steps,
    counterfactuals: counterfactuals(examined, findings, silent),
    text: say('conclusion', { conclusion: wordFor(conclusion), because: deciding?.text ?? say('none') }),
  };
}

function nobodyCounted(conclusion: Step['conclusion'], silent: readonly SourceName[]): Step {
  return {
    step: 0,
    conclusion,
    applies: true,
    decides: true,
    findings: [],
    sources: [...silent],
    text: say(silent.length === 0 ? 'stepNobody' : 'stepNobodySilent', { sources: named(silent) }),
  };
}

function fourSteps(findings: readonly ExplainedFinding[], silent: readonly SourceName[]): Step[] {
  const withEffect = (effect: ExplainedFinding['effect']): number[] =>
    findings.flatMap((finding, i) => (finding.effect === effect ? [i] : []));
  const titles = (at: readonly number[]): Bilingual =>
    at.length === 0 ? say('none') : listed(at.flatMap((i) => findings[i]?.title ?? []));
  const failing = withEffect('fails');
  const review = withEffect('review');
  const rows: Omit<Step, 'decides'>[] = [
    {
      step: 1,
      conclusion: 'does_not_meet',
      applies: failing.length > 0,
      findings: failing,
      sources: [],
      text: say('stepFails', { findings: titles(failing) }),
    },
    {
      step: 2,
      conclusion: 'incomplete',
      applies: silent.length > 0,
      findings: [],
      sources: [...silent],
      text: say('stepSilent', { sources: named(silent) }),
    },
    {
      step: 3,
      conclusion: 'needs_review',
      applies: review.length > 0,
      findings: review,
      sources: [],
      text: say('stepReview', { findings: titles(review) }),
    },
    { step: 4, conclusion: 'meets', applies: true, findings: [], sources: [], text: say('stepNothing') },
  ];
  const first = rows.findIndex((row) => row.applies);
  return rows.map((row, i) => ({ ...row, decides: i === first }));
}

const named = (sources: readonly SourceName[]): Bilingual =>
  sources.length === 0 ? say('none') : listed(sources.map((source) => wordFor(source)));
