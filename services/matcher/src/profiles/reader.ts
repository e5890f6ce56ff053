import type { PersonKey } from '@hedui/contracts';
import type { Pool } from '@hedui/postgres';
import { count } from '@hedui/telemetry';
import { type Moment, readMoment, readPacked, readProfiles } from '../db/profiles.js';
import { RECORDS_GROUP } from '../records/apply.js';
import { type Profiles, profilesIn } from './packed.js';
import type { ResidentTable } from './resident-table.js';

/** Profiles of distinct persons and the version of the coverage, both of one moment. */
export type ReadProfiles = (
  persons: ReadonlySet<PersonKey>,
) => Promise<{ coverageVersion: string; profiles: Profiles }>;

/** From the database, in one statement: for single checks, which would gain nothing by a look into memory first. */
export const profilesFrom =
  (pool: Pool): ReadProfiles =>
  (persons) =>
    readProfiles(pool, persons);

/**
 * From memory where a profile stands there in the state that the database is in; the others are read and kept. When anything has changed
 * between the look at the states and the reading of the others, what is in memory is of another moment than what was read: all are
 * read then.
 */
export function residentProfiles(pool: Pool, table: ResidentTable): ReadProfiles {
  return async (persons) => {
    const before = await readMoment(pool, RECORDS_GROUP);
    const { packed, missing } = table.take(persons, before.states);
    count('profilesRead', persons.size - missing.size, { from: 'memory' });
    if (missing.size === 0) return { coverageVersion: before.coverageVersion, profiles: profilesIn(packed) };
    const read = await readPacked(pool, RECORDS_GROUP, missing);
    count('profilesRead', missing.size, { from: 'database' });
    table.keep(missing, read.packed, read.states);
    if (missing.size < persons.size && !sameMoment(before, read)) return await readProfiles(pool, persons);
    const all = packed.length === 0 ? read.packed : Buffer.concat([packed, read.packed]);
    return { coverageVersion: read.coverageVersion, profiles: profilesIn(all) };
  };
}

const sameMoment = (a: Moment, b: Moment): boolean =>
  a.states.every((state, partition) => state === b.states[partition]);
