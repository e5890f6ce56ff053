import { type Finding, formatYuan, type RoleFact } from '@hedui/contracts';
import type { KeyDates } from './dates.js';
import type { PersonFacts } from './facts.js';
import { addFinding, type FindingList } from './finding-list.js';
import type { Held } from './vehicles.js';

/**
 * The business roles of one member in force at T (README §8.5): every code but COMPANY_INVESTOR, whose limit is the
 * programme's; roles that count towards it are added to `investors`.
 */
export function examineRoles(
  dates: KeyDates,
  list: FindingList,
  member: number,
  facts: PersonFacts,
  investors: Held<RoleFact>[],
): void {
  for (const fact of facts.role) {
    if (!isInForce(fact, dates)) continue;
    if (fact.entityStatus === 'dormant' || fact.entityStatus === 'revoked') {
      addFinding(list, 'COMPANY_DORMANT', member, 'business_registry', fact.recordId, roleDetail(fact));
    } else if (fact.entityStatus === 'active') {
      if (fact.entityType === 'individual_business') {
        addFinding(list, 'SELF_EMPLOYED', member, 'business_registry', fact.recordId, roleDetail(fact));
      } else if (fact.entityType === 'farmers_cooperative') {
        addFinding(list, 'COOP_MEMBER', member, 'business_registry', fact.recordId, roleDetail(fact));
      } else if (fact.role === 'investor') {
        if (fact.capital !== null) investors.push({ member, fact });
      } else if (fact.role === 'legal_representative' || fact.role === 'executive') {
        addFinding(list, 'COMPANY_LEGAL_REP', member, 'business_registry', fact.recordId, roleDetail(fact));
      }
    }
  }
}

function isInForce(fact: RoleFact, dates: KeyDates): boolean {
  return (fact.since === null || fact.since <= dates.asOf) && (fact.until === null || fact.until > dates.asOf);
}

export function roleDetail(fact: RoleFact): Finding['detail'] {
  const detail: Finding['detail'] = {
    role: fact.role,
    entityType: fact.entityType,
    entityStatus: fact.entityStatus,
  };
  if (fact.capital !== null) detail.capital = formatYuan(fact.capital);
  return detail;
}
