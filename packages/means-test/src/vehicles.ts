import { type Finding, formatDay, type RegistrationFact } from '@hedui/contracts';
import type { KeyDates } from './dates.js';
import type { PersonFacts } from './facts.js';
import { addFinding, type FindingList } from './finding-list.js';
import type { Policy } from './policy/compile.js';

const NON_COMMERCIAL = 'A';

/** A record of one member that counts towards a test of a programme. */
export interface Held<F> {
  member: number;
  fact: F;
}

/**
 * VEHICLE_EXEMPT, VEHICLE_COMMERCIAL and VEHICLE_RECENT_DISPOSAL of one member (README §8.3); the vehicles that count
 * towards `maxVehicles` are added to `counted`.
 */
export function examineVehicles(
  policy: Policy,
  dates: KeyDates,
  list: FindingList,
  member: number,
  facts: PersonFacts,
  counted: Held<RegistrationFact>[],
): void {
  for (const fact of facts.registration) {
    const exempt = policy.exemptPlateTypes.has(fact.plateType);
    if (isOwned(policy, dates, fact)) {
      if (exempt) addFinding(list, 'VEHICLE_EXEMPT', member, 'vehicle', fact.recordId, vehicleDetail(fact));
      else {
        counted.push({ member, fact });
        if (fact.useNature !== null && fact.useNature !== NON_COMMERCIAL) {
          const detail = vehicleDetail(fact);
          detail.useNature = fact.useNature;
          addFinding(list, 'VEHICLE_COMMERCIAL', member, 'vehicle', fact.recordId, detail);
        }
      }
    }
    const { disposedOn } = fact;
    if (!exempt && disposedOn !== null && disposedOn > dates.recentAfter && disposedOn <= dates.asOf) {
      addFinding(list, 'VEHICLE_RECENT_DISPOSAL', member, 'vehicle', fact.recordId, vehicleDetail(fact));
    }
  }
}

function isOwned(policy: Policy, dates: KeyDates, fact: RegistrationFact): boolean {
  if (fact.registeredOn > dates.asOf) return false;
  if (fact.disposedOn !== null && fact.disposedOn <= dates.asOf) return false;
  for (const letter of policy.goneStatus) if (fact.status.includes(letter)) return false;
  return true;
}

export function vehicleDetail(fact: RegistrationFact): Finding['detail'] {
  const detail: Finding['detail'] = {
    plateType: fact.plateType,
    status: fact.status,
    registeredOn: formatDay(fact.registeredOn),
  };
  if (fact.disposedOn !== null) detail.disposedOn = formatDay(fact.disposedOn);
  return detail;
}
