import { PARTITIONS, type PersonKey, RECORD_TYPES, type RecordTypeName } from '@hedui/contracts';
import { byteaArray, type Client, type Queryable } from '@hedui/postgres';
import { type ProfileStates, type Profiles, profilesIn } from '../profiles/packed.js';
import { keyArray } from './key-array.js';

/** The folded facts of one slice, ready to store. */
export interface FoldedSlice {
  person: PersonKey;
  epoch: number;
  counter: number;
  /** One MessagePack value. */
  facts: Buffer;
}

const upserts = new Map<RecordTypeName, string>(
  RECORD_TYPES.map(({ type }) => [
    type,
    `INSERT INTO profile AS p (person_key, ${type}_epoch, ${type}_counter, ${type})
     SELECT * FROM unnest($1::bytea[], $2::int[], $3::bigint[], $4::bytea[])
     ON CONFLICT (person_key) DO UPDATE
       SET ${type}_epoch = EXCLUDED.${type}_epoch, ${type}_counter = EXCLUDED.${type}_counter, ${type} = EXCLUDED.${type}
       WHERE p.${type}_counter IS NULL
          OR (p.${type}_epoch, p.${type}_counter) < (EXCLUDED.${type}_epoch, EXCLUDED.${type}_counter)`,
  ]),
);

/**
 * Puts slices of one record type in the place of older ones; the same or an older version changes nothing. One slice a
 * person. Rows are locked in the order of the keys, so that writers of several record types cannot lock each other out.
 * Returns how many profiles changed.
 */
export async function putSlices(client: Client, type: RecordTypeName, slices: readonly FoldedSlice[]): Promise<number> {
  if (slices.length === 0) return 0;
  const sorted = [...slices].sort((a, b) => (a.person < b.person ? -1 : a.person > b.person ? 1 : 0));
  const { rowCount } = await client.query(upserts.get(type) ?? '', [
    byteaArray(sorted.map((slice) => Buffer.from(slice.person, 'hex'))),
    sorted.map((slice) => slice.epoch),
    sorted.map((slice) => slice.counter),
    byteaArray(sorted.map((slice) => slice.facts)),
  ]);
  return rowCount ?? 0;
}

/** Forgets one record type of the persons of one partition: its topic begins again. */
export async function forgetSlices(client: Client, type: RecordTypeName, partition: number): Promise<void> {
  await client.query(
    `UPDATE profile SET ${type}_epoch = NULL, ${type}_counter = NULL, ${type} = NULL
     WHERE ${type}_counter IS NOT NULL
       AND (get_byte(person_key, 0)::bigint << 24 | get_byte(person_key, 1) << 16
            | get_byte(person_key, 2) << 8 | get_byte(person_key, 3)) % $1 = $2`,
    [PARTITIONS, partition],
  );
}

/**
 * Forgets one record type of persons whose slice lives under another key now. A profile of which nothing is left goes: nothing more
 * comes under its key.
 */
export async function forgetMoved(client: Client, type: RecordTypeName, persons: readonly PersonKey[]): Promise<void> {
  if (persons.length === 0) return;
  const keys = byteaArray([...new Set(persons)].sort().map((person) => Buffer.from(person, 'hex')));
  await client.query(
    `UPDATE profile SET ${type}_epoch = NULL, ${type}_counter = NULL, ${type} = NULL
     WHERE person_key IN (SELECT person_key FROM profile WHERE person_key = ANY($1::bytea[]) ORDER BY person_key FOR UPDATE)`,
    [keys],
  );
  const nothingLeft = RECORD_TYPES.map((one) => `${one.type}_counter IS NULL`).join(' AND ');
  await client.query(`DELETE FROM profile WHERE person_key = ANY($1::bytea[]) AND ${nothingLeft}`, [keys]);
}

/**
 * Up to where the records of each partition are applied, of all topics: a profile changes in the transaction that moves one of these positions
 * and in no other, whoever makes it.
 */
const positionsSql = `
  SELECT jsonb_object_agg(partition, positions) AS positions
  FROM (SELECT partition, string_agg(concat_ws(' ', topic, generation, next_offset), ',' ORDER BY topic) AS positions
        FROM log_position WHERE consumer_group = $1 GROUP BY partition) AS p`;

/**
 * All profiles come as one value that the database puts together (profiles/packed.ts): one object for a chunk in place of one for each person
 * halves the cost of reading. OFFSET 0 keeps the facts from being put together twice.
 */
const packedSql = (persons: string) => `
  SELECT coalesce(string_agg(person_key || int4send(octet_length(facts)) || facts, ''::bytea), ''::bytea) AS packed
  FROM (SELECT person_key,
          '\\x${(0x90 + RECORD_TYPES.length).toString(16)}'::bytea ||
          ${RECORD_TYPES.map(({ type }) => `coalesce(${type}, '\\xc0')`).join(' || ')} AS facts
        FROM profile WHERE person_key = ANY(${persons}::bytea[]) OFFSET 0) AS p`;

const readSql = `SELECT v.version AS coverage_version, q.packed FROM coverage_version v, (${packedSql('$1')}) q`;
const momentSql = `SELECT v.version AS coverage_version, p.positions FROM coverage_version v, (${positionsSql}) p`;
const readInMomentSql = `SELECT m.*, q.packed FROM (${momentSql}) m, (${packedSql('$2')}) q`;

/** The version of the coverage and the states of all partitions at one moment. */
export interface Moment {
  coverageVersion: string;
  states: ProfileStates;
}

/**
 * Profiles of distinct persons in one probe, and the version of the coverage at the same moment: one statement sees one state. What is
 * read besides belongs to it only in a REPEATABLE READ transaction.
 */
export async function readProfiles(
  client: Queryable,
  persons: ReadonlySet<PersonKey>,
): Promise<{ coverageVersion: string; profiles: Profiles }> {
  const { rows } = await client.query<{ coverage_version: string; packed: Buffer }>(readSql, [keyArray(persons)]);
  const row = theOne(rows);
  return { coverageVersion: row.coverage_version, profiles: profilesIn(row.packed) };
}

/** The same, as it is packed, with the states that the profiles are in under the group that applies records. */
export async function readPacked(
  client: Queryable,
  group: string,
  persons: ReadonlySet<PersonKey>,
): Promise<Moment & { packed: Buffer }> {
  const { rows } = await client.query<MomentRow & { packed: Buffer }>(readInMomentSql, [group, keyArray(persons)]);
  const row = theOne(rows);
  return { ...momentOf(row), packed: row.packed };
}

/** The states that profiles are in now, for who has some in memory. */
export async function readMoment(db: Queryable, group: string): Promise<Moment> {
  const { rows } = await db.query<MomentRow>(momentSql, [group]);
  return momentOf(theOne(rows));
}

interface MomentRow {
  coverage_version: string;
  positions: Readonly<Record<string, string>> | null;
}

/** The version of the coverage is part of a state: it moves when a partition is read again from its start, which comes by the same positions. */
function momentOf({ coverage_version: coverageVersion, positions }: MomentRow): Moment {
  const states = Array.from({ length: PARTITIONS }, (_, p) => `${coverageVersion} ${positions?.[p] ?? ''}`);
  return { coverageVersion, states };
}

function theOne<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('the coverage version is missing');
  return row;
}
