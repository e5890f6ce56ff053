import {
  monthOf,
  type NameKey,
  type PackWriter,
  type PersonKey,
  pack,
  packedArray,
  type RequestChunk,
  type RequestPerson,
  writeFacts,
} from '@hedui/contracts';
import { NO_FACTS, type PersonFacts, WINDOW_MONTHS } from '@hedui/means-test';
import type { Profiles } from '../profiles/packed.js';
import { factsUnderName } from './person-facts.js';

/** Reads the facts of each person once, and keeps them packed for the basis. */
export interface FactsReader {
  of(person: RequestPerson): PersonFacts;
  /** An array by place (placesOf); null for those of whom nothing is known, and for those whom no household could be assessed with. */
  packed(): Buffer;
}

interface KnownPerson {
  name: NameKey;
  /** In how many households this person still comes. */
  left: number;
  /** Kept while the person comes again. */
  facts: PersonFacts | null;
  /** Where the packed facts stand; equal: nowhere. */
  from: number;
  to: number;
  /** The same person under another name. */
  next: KnownPerson | null;
}

/** `toFacts`: where the facts are packed; nobody else writes there until `packed` was asked for. */
export function factsReader(toFacts: PackWriter, chunk: RequestChunk, profiles: Profiles): FactsReader {
  const known = new Map<PersonKey, KnownPerson>();
  const everybody: KnownPerson[] = [];
  const end = monthOf(chunk.asOf);
  const window = { from: end - WINDOW_MONTHS, to: end };
  toFacts.backTo(0);
  // Places are given in the order of placesOf, whether the facts are read or not.
  for (const { persons } of chunk.households) {
    for (const { person, name } of persons) {
      const first = known.get(person);
      const again = first === undefined ? null : underName(first, name);
      if (again !== null) {
        again.left++;
        continue;
      }
      const one = { name, left: 1, facts: null, from: 0, to: 0, next: first ?? null };
      known.set(person, one);
      everybody.push(one);
    }
  }
  const read = (one: KnownPerson, person: PersonKey): PersonFacts => {
    const facts = factsUnderName(profiles.get(person), one.name, window);
    one.from = toFacts.length;
    writeFacts(toFacts, facts === NO_FACTS ? null : facts);
    one.to = toFacts.length;
    return facts;
  };
  return {
    packed: () => packedByPlace(toFacts, everybody),
    of({ person, name }) {
      const first = known.get(person);
      const one = first === undefined ? null : underName(first, name);
      if (one === null) throw new RangeError('a person who is not in the chunk');
      const facts = one.facts ?? read(one, person);
      one.left--;
      one.facts = one.left > 0 ? facts : null;
      return facts;
    },
  };
}

const NOTHING = pack(null);

/** Nearly always everybody was read, in the order of the places, and what was written is what is wanted. */
function packedByPlace(toFacts: PackWriter, everybody: readonly KnownPerson[]): Buffer {
  let at = 0;
  const inOrder = everybody.every(({ from, to }) => {
    const next = from === at && to > from;
    at = to;
    return next;
  });
  if (inOrder) return toFacts.takeArray(everybody.length);
  return packedArray(everybody.map(({ from, to }) => (to > from ? toFacts.part(from, to) : NOTHING)));
}

function underName(first: KnownPerson, name: NameKey): KnownPerson | null {
  for (let one: KnownPerson | null = first; one !== null; one = one.next) if (one.name === name) return one;
  return null;
}
