import { formatDay, isSealedText, type MarriageFact, type PersonKey, type RequestPerson } from '@hedui/contracts';
import type { KeyDates } from './dates.js';
import type { PersonFacts } from './facts.js';
import { addFinding, type FindingList } from './finding-list.js';
import { compareCodePoints } from './order.js';

/** SPOUSE_UNDECLARED, MARITAL_CONFLICT and RECENT_DIVORCE of one member, from the latest event alone (README §8.6). */
export function examineMarriage(
  dates: KeyDates,
  list: FindingList,
  member: number,
  person: RequestPerson,
  facts: PersonFacts,
  persons: readonly RequestPerson[],
): void {
  const event = latestEvent(facts.marriage, dates);
  if (event === null) return;
  // Made when it is told: nearly every marriage is in order.
  const detailOf = () => ({ state: event.state, eventDate: formatDay(event.eventDate) });
  if (event.state === 'married' && memberRow(persons, event.spouse) === null) {
    addFinding(list, 'SPOUSE_UNDECLARED', member, 'civil_affairs', event.recordId, detailOf());
  }
  if (person.maritalStatus !== null && person.maritalStatus !== event.state) {
    addFinding(list, 'MARITAL_CONFLICT', member, 'civil_affairs', event.recordId, {
      ...detailOf(),
      declared: person.maritalStatus,
    });
  }
  if (event.state === 'divorced' && event.eventDate > dates.recentAfter) {
    addFinding(list, 'RECENT_DIVORCE', member, 'civil_affairs', event.recordId, detailOf());
  }
}

/**
 * The latest event by T: by date, and on one date by record id by code point; null when there is none. Events come in that order. It
 * is looked at again, unless an id is sealed: then only the source, which has the ids in clear, could tell.
 */
export function latestEvent(events: readonly MarriageFact[], dates: KeyDates): MarriageFact | null {
  let latest: MarriageFact | null = null;
  for (const event of events) {
    if (event.eventDate > dates.asOf) continue;
    if (
      latest === null ||
      event.eventDate > latest.eventDate ||
      (event.eventDate === latest.eventDate && standsAfter(event.recordId, latest.recordId))
    ) {
      latest = event;
    }
  }
  return latest;
}

function standsAfter(id: string, before: string): boolean {
  return isSealedText(id) || isSealedText(before) || compareCodePoints(id, before) >= 0;
}

/** The row of the member with this document, or null. Documents alone decide: a dead member is one, a supporter is not. */
export function memberRow(persons: readonly RequestPerson[], document: PersonKey): number | null {
  const at = persons.findIndex((person) => person.relation !== 'supporter' && person.person === document);
  return at < 0 ? null : at + 1;
}
