import { type AssistanceFact, type BenefitKey, type Day, type Finding, formatDay } from '@hedui/contracts';
import type { PersonFacts } from './facts.js';
import { addFinding, type FindingList } from './finding-list.js';
import type { HouseholdCase } from './household.js';
import type { Policy } from './policy/compile.js';

/** An active benefit of a member under an exclusive programme that is not the household's own. */
export interface OtherBenefit {
  member: number;
  fact: AssistanceFact;
  code: 'CROSS_REGION_BENEFIT' | 'DUPLICATE_BENEFIT';
}

/** Both days count: from the first day to the last. */
export function isActive(record: AssistanceFact, asOf: Day): boolean {
  return record.from <= asOf && (record.to === null || record.to >= asOf);
}

/** The household's own benefit, or null: it is its own only while it is reviewed as a recipient (README §8.7). */
export function ownBenefitOf(household: HouseholdCase): BenefitKey | null {
  return household.verificationType === 'periodic_review' ? household.ownBenefit : null;
}

export function isOwn(fact: AssistanceFact, ownBenefit: BenefitKey | null): boolean {
  return ownBenefit !== null && fact.benefit === ownBenefit;
}

/** Adds a living member's benefits that exclude another (README §8.7); `ownBenefit` is null unless it counts. */
export function collectBenefits(
  policy: Policy,
  asOf: Day,
  region: string,
  ownBenefit: BenefitKey | null,
  member: number,
  facts: PersonFacts,
  benefits: OtherBenefit[],
): void {
  for (const fact of facts.assistance) {
    if (!policy.exclusiveProgrammes.has(fact.programme) || !isActive(fact, asOf)) continue;
    if (isOwn(fact, ownBenefit)) continue;
    const elsewhere = fact.region.slice(0, 6) !== region.slice(0, 6);
    benefits.push({ member, fact, code: elsewhere ? 'CROSS_REGION_BENEFIT' : 'DUPLICATE_BENEFIT' });
  }
}

/** DEAD_STILL_PAID: every benefit of a dead member that is active at T, of any programme (README §5). */
export function examineDeadAssistance(asOf: Day, list: FindingList, member: number, facts: PersonFacts): void {
  for (const fact of facts.assistance) {
    if (isActive(fact, asOf)) {
      addFinding(list, 'DEAD_STILL_PAID', member, 'civil_affairs', fact.recordId, assistanceDetail(fact));
    }
  }
}

export function assistanceDetail(fact: AssistanceFact): Finding['detail'] {
  const detail: Finding['detail'] = {
    programme: fact.programme,
    region: fact.region,
    from: formatDay(fact.from),
  };
  if (fact.to !== null) detail.to = formatDay(fact.to);
  return detail;
}
