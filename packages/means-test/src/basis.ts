import {
  type Basis,
  basisForRegion,
  type Day,
  type Places,
  type RequestHousehold,
  type SourceState,
} from '@hedui/contracts';
import { NO_FACTS, type PersonFacts } from './facts.js';
import type { HouseholdCase } from './household.js';
import type { Policy } from './policy/compile.js';
import { sourceStates } from './sources.js';

/** A household of a request chunk as the rules take it. */
export function caseOf(household: RequestHousehold, asOf: Day): HouseholdCase {
  const { programme, verificationType, region, area, ownBenefit, persons } = household;
  return { programme, verificationType, region, area, asOf, ownBenefit, persons };
}

/**
 * The arguments with which one household of a chunk was assessed, from its request and the basis of its report: `assess` gives
 * the report again, `explain` explains it. `places` are those of the whole request chunk.
 */
export function argumentsFromBasis(
  policy: Policy,
  asOf: Day,
  household: RequestHousehold,
  places: Places,
  basis: Basis,
): [policy: Policy, household: HouseholdCase, facts: PersonFacts[], sources: SourceState[]] {
  const { region, persons } = household;
  const facts = persons.map(({ person, name }) => basis.facts[places.of(person, name)] ?? NO_FACTS);
  const { coverage, loading } = basisForRegion(basis, region);
  return [policy, caseOf(household, asOf), facts, sourceStates(policy, coverage, loading, region, asOf)];
}
