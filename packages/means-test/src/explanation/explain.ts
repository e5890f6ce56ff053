import { type Explanation, formatDay, type SourceState } from '@hedui/contracts';
import { examine } from '../examine.js';
import type { PersonFacts } from '../facts.js';
import type { HouseholdCase } from '../household.js';
import type { Policy } from '../policy/compile.js';
import { explainArithmetic } from './arithmetic.js';
import { explainConclusion } from './conclusion.js';
import { explainDeclared } from './declared.js';
import { explainFindings } from './findings.js';
import { explainSources, silentRequired } from './source-lines.js';
import { explainTier } from './tiers.js';

/**
 * Explains the assessment that `assess` gives for the same arguments: every figure with its steps, every finding with its
 * evidence, and what would change the conclusion. The figures are those the rules worked with; nothing is judged anew.
 * Slow beside `assess` (it runs the rules once for each "what if"): for one report at a time. Throws as `assess` does.
 */
export function explain(
  policy: Policy,
  household: HouseholdCase,
  facts: readonly PersonFacts[],
  sources: readonly SourceState[],
): Explanation {
  const examined = { policy, household, facts, sources, examination: examine(policy, household, facts, sources) };
  const findings = explainFindings(examined);
  const sourceLines = explainSources(examined);
  return {
    policy: { id: policy.id, version: policy.version },
    programme: household.programme,
    verificationType: household.verificationType,
    region: household.region,
    area: household.area,
    asOf: formatDay(household.asOf),
    arithmetic: explainArithmetic(examined),
    findings,
    declared: explainDeclared(examined),
    sources: sourceLines,
    conclusion: explainConclusion(examined, findings, silentRequired(sourceLines)),
    tier: explainTier(examined),
  };
}
