import { KEY_BYTES, PARTITIONS, type PersonKey, partitionOfPerson } from '@hedui/contracts';
import { type ProfileStates, profilesIn } from './packed.js';

/**
 * Profiles kept in memory, packed as the database gives them (db/profiles.ts), bounded in bytes. A table of our own because millions of
 * entries in a Map are millions of objects, which every collection walks through: here they lie in a few buffers.
 *
 * A bucket has eight places and is found by the key's own bits, which are as good as random. Profiles are written one behind the other into
 * parts; when all are full the oldest part is written anew, and what lay in it is no longer found. Keys and versions stand with the profile, so
 * a place that points to something older is noticed.
 */
export interface ResidentTable {
  /**
   * The profiles of the persons that are as `states` says, one behind the other as the database would give them (a copy), and who has to be
   * asked for. What was kept of partitions that are in another state is forgotten.
   */
  take(persons: ReadonlySet<PersonKey>, states: ProfileStates): { packed: Buffer; missing: ReadonlySet<PersonKey> };
  /** Keeps what the database said of these persons in these states, that nothing is known of somebody too. */
  keep(persons: ReadonlySet<PersonKey>, packed: Buffer, states: ProfileStates): void;
}

const PART_BYTES = 4 * 1024 * 1024;
const WAYS = 8;
/** A place: bits of the key, where in its part the profile stands, and the number of that part, counted over all that were ever begun. */
const PLACE_WORDS = 3;
/** There are places for profiles of so many bytes, a tenth more memory than the profiles. Where they are shorter, some are not found again. */
const BYTES_A_PLACE = 120;
/** Before the profile: the key, which age of its partition it belongs to, and its length; zero when nothing is known. */
const HEAD_BYTES = KEY_BYTES + 8;

interface Part {
  bytes: Buffer;
  /** Counted over all that were ever begun, from 1; the oldest is begun anew. */
  number: number;
  used: number;
}

/** `maxBytes`: of profiles; four million at least. */
export function createResidentTable(maxBytes: number): ResidentTable {
  const maxParts = Math.max(1, Math.floor(maxBytes / PART_BYTES));
  const buckets = 2 ** Math.round(Math.log2((maxParts * PART_BYTES) / BYTES_A_PLACE / WAYS));
  // Pages of it that nobody has written to take no memory yet.
  const places = new Uint32Array(buckets * WAYS * PLACE_WORDS);
  const parts: (Part | undefined)[] = [];
  let begun = 0;
  /** For each partition the state that its entries are of, and its age, which grows when they are forgotten. */
  const states = new Array<string | undefined>(PARTITIONS).fill(undefined);
  const ages = new Uint32Array(PARTITIONS);
  const key = Buffer.alloc(KEY_BYTES);

  /** Where the bucket of the key in `key` begins. */
  const bucket = (): number => (key.readUInt32BE(4) & (buckets - 1)) * WAYS * PLACE_WORDS;

  /** The part that a place points into when what it points to is still there. */
  const partAt = (place: number): Part | null => {
    const number = places[place + 2] as number;
    const part = parts[number % maxParts];
    return part !== undefined && number === part.number ? part : null;
  };

  /** The place of the key in `key`; -1: none. */
  function find(from: number): number {
    const bits = key.readUInt32BE(8);
    for (let place = from; place < from + WAYS * PLACE_WORDS; place += PLACE_WORDS) {
      if (places[place] !== bits) continue;
      const part = partAt(place);
      const at = places[place + 1] as number;
      if (part !== null && key.compare(part.bytes, at, at + KEY_BYTES) === 0) return place;
    }
    return -1;
  }

  /** Room for an entry; the oldest part is begun anew when there is none. */
  function roomFor(length: number): Part {
    const now = parts[begun % maxParts];
    if (now !== undefined && now.used + length <= PART_BYTES) return now;
    begun += 1;
    const bytes = parts[begun % maxParts]?.bytes ?? Buffer.allocUnsafeSlow(PART_BYTES);
    const part = { bytes, number: begun, used: 0 };
    parts[begun % maxParts] = part;
    return part;
  }

  /** The place to write the key in `key` to: its own, one that points to nothing, or the one written longest ago. */
  function placeFor(from: number): number {
    const own = find(from);
    if (own >= 0) return own;
    let oldest = from;
    let least = Number.POSITIVE_INFINITY;
    for (let place = from; place < from + WAYS * PLACE_WORDS; place += PLACE_WORDS) {
      if (partAt(place) === null) return place;
      const age = places[place + 2] as number;
      if (age < least) {
        least = age;
        oldest = place;
      }
    }
    return oldest;
  }

  function put(person: PersonKey, profile: Buffer | null): void {
    const length = HEAD_BYTES + (profile?.length ?? 0);
    if (length > PART_BYTES) return;
    const partition = partitionOfPerson(person);
    const part = roomFor(length);
    key.write(person, 'hex');
    const place = placeFor(bucket());
    const at = part.used;
    key.copy(part.bytes, at);
    part.bytes.writeUInt32LE(ages[partition] as number, at + KEY_BYTES);
    part.bytes.writeInt32BE(profile?.length ?? 0, at + KEY_BYTES + 4);
    profile?.copy(part.bytes, at + HEAD_BYTES);
    part.used += length;
    places[place] = key.readUInt32BE(8);
    places[place + 1] = at;
    places[place + 2] = part.number;
  }

  return {
    take(persons, now) {
      for (const [partition, known] of states.entries()) {
        if (known === now[partition]) continue;
        states[partition] = now[partition];
        (ages[partition] as number) += 1;
      }
      const missing = new Set<PersonKey>();
      const found: { part: Part; at: number; to: number }[] = [];
      let length = 0;
      for (const person of persons) {
        key.write(person, 'hex');
        const place = find(bucket());
        const part = place < 0 ? null : partAt(place);
        const at = places[place + 1] as number;
        if (part === null || part.bytes.readUInt32LE(at + KEY_BYTES) !== ages[partitionOfPerson(person)]) {
          missing.add(person);
          continue;
        }
        const facts = part.bytes.readInt32BE(at + KEY_BYTES + 4);
        if (facts === 0) continue;
        found.push({ part, at, to: at + HEAD_BYTES + facts });
        length += KEY_BYTES + 4 + facts;
      }
      const packed = Buffer.allocUnsafe(length);
      let end = 0;
      for (const { part, at, to } of found) {
        end += part.bytes.copy(packed, end, at, at + KEY_BYTES);
        end += part.bytes.copy(packed, end, at + KEY_BYTES + 4, to);
      }
      return { packed, missing };
    },
    keep(persons, packed, then) {
      const profiles = profilesIn(packed);
      for (const person of persons) {
        const partition = partitionOfPerson(person);
        if (states[partition] === then[partition]) put(person, profiles.get(person) ?? null);
      }
    },
  };
}
