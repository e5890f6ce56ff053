import type { Assessment, Fen, SourceState } from '@hedui/contracts';
import { dividedHalfUp } from './exact.js';
import { examine } from './examine.js';
import type { PersonFacts } from './facts.js';
import type { HouseholdCase } from './household.js';
import type { Policy } from './policy/compile.js';

/**
 * Assesses one household (README §2 to §12). `facts` stand in the order of the household's persons, records under
 * another name already taken out; `sources` are the states for the household's region. The same arguments always give
 * the same result. Throws HouseholdNotAssessable, and RangeError when facts and persons differ in number.
 */
export function assess(
  policy: Policy,
  household: HouseholdCase,
  facts: readonly PersonFacts[],
  sources: readonly SourceState[],
): Assessment {
  return examine(policy, household, facts, sources).assessment;
}

/** Y ÷ 12n in fen a month, rounded half up, for display only; null when nobody is counted. */
export function perCapitaMonthly(assessment: Pick<Assessment, 'annualIncome' | 'countedMembers'>): Fen | null {
  if (assessment.countedMembers === 0) return null;
  return dividedHalfUp(assessment.annualIncome, 12 * assessment.countedMembers) as Fen;
}
