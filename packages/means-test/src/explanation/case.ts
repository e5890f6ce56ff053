import type { SourceState } from '@hedui/contracts';
import type { Examination } from '../examine.js';
import type { PersonFacts } from '../facts.js';
import type { HouseholdCase } from '../household.js';
import type { Policy } from '../policy/compile.js';

/** What an explanation is made from: the arguments of `assess`, and what the rules made of them. */
export interface ExaminedCase {
  policy: Policy;
  household: HouseholdCase;
  facts: readonly PersonFacts[];
  sources: readonly SourceState[];
  examination: Examination;
}
