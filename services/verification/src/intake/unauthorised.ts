import type { Day } from '@hedui/contracts';
import { readIdentity } from '@hedui/identity-numbers';
import type { Queryable } from '@hedui/postgres';
import type { Pseudonyms } from '@hedui/privacy';
import { paperFaults, rejectsOf, type Suspect } from '../authorisations/check-papers.js';
import type { PackedHouseholds } from './chunk-packer.js';
import type { Reject } from './household.js';
import { readNamed } from './named-chunk.js';

/** A household of a chunk that its papers do not allow, with its lines of the reject list. */
export interface Unauthorised {
  place: number;
  ref: string;
  rows: number;
  rejects: Reject[];
}

/**
 * Holds households of a packed chunk, one of whose persons has a registered or ended authorisation, against their papers; those to be taken
 * out. `pseudonyms`: under which this database joins.
 */
export async function findUnauthorised(
  db: Queryable,
  pseudonyms: Pseudonyms,
  packed: PackedHouseholds,
  places: ReadonlySet<number>,
  asOf: Day,
): Promise<Unauthorised[]> {
  if (places.size === 0) return [];
  const named = readNamed(packed.named);
  const found = [...places].flatMap((place) => {
    const household = named[place];
    const row = packed.index[place];
    if (household === undefined || row === undefined) return [];
    const persons = household.persons.map(({ line, authorisationNo, idType, idNumber }) => {
      const reading = readIdentity(idType, idNumber);
      return { line, authorisationNo, identity: { birthDate: reading.ok ? reading.identity.birthDate : null } };
    });
    const suspect: Suspect = {
      household: { programme: row.programme, persons },
      persons: household.persons.map(({ idType, idNumber }) => pseudonyms.person({ type: idType, number: idNumber })),
    };
    return [{ place, ref: household.ref ?? '', suspect }];
  });
  const faults = await paperFaults(
    db,
    pseudonyms,
    found.map(({ suspect }) => suspect),
    asOf,
  );
  return found.flatMap(({ place, ref, suspect: { household } }, i) => {
    const own = faults[i] ?? [];
    return own.length === 0 ? [] : [{ place, ref, rows: household.persons.length, rejects: rejectsOf(household, own) }];
  });
}
