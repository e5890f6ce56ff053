import { KEY_BYTES, type PersonKey } from '@hedui/contracts';

/**
 * The profiles of some persons, each as one MessagePack array: the folded facts of each record type in the order of RECORD_TYPES, null where
 * the sources hold nothing. Undefined for those of whom nothing is known.
 */
export interface Profiles {
  get(person: PersonKey): Buffer | undefined;
}

/** For each partition something that is another as soon as a profile of the partition is. */
export type ProfileStates = readonly string[];

/**
 * Finds the persons in packed profiles: for each person the key, the length of the facts (int32), and the facts of all types as one
 * MessagePack array. Nothing is unpacked before it is asked for, and nothing is kept of it.
 */
export function profilesIn(packed: Buffer): Profiles {
  const places = new Map<string, number>();
  for (let at = 0; at < packed.length; ) {
    const facts = at + KEY_BYTES + 4;
    places.set(packed.toString('hex', at, at + KEY_BYTES), facts);
    at = facts + packed.readInt32BE(facts - 4);
  }
  return {
    get(person) {
      const start = places.get(person);
      if (start === undefined) return undefined;
      return packed.subarray(start, start + packed.readInt32BE(start - 4));
    },
  };
}
