import { KEY_BYTES, PARTITIONS, type PersonKey, RECORD_TYPES, type RecordTypeName } from '@hedui/contracts';
import { byteaArray, type Client, type Queryable } from '@hedui/postgres';
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
 * The profiles of some persons, each as one MessagePack array: the folded facts of each record type in the order of RECORD_TYPES, null where
 * the sources hold nothing. Undefined for those of whom nothing is known.
 */
export interface Profiles {
  get(person: PersonKey): Buffer | undefined;
}

/**
 * All profiles come as one value that the database puts together: for each person the key, the length of the facts, and the facts of all
 * types as one MessagePack array, which its parts are already. One object for a chunk in place of one for each person halves the cost of reading.
 * OFFSET 0 keeps the facts from being put together twice.
 */
const readSql = `
  SELECT v.version AS coverage_version, q.packed
  FROM coverage_version v,
    (SELECT coalesce(string_agg(person_key || int4send(octet_length(facts)) || facts, ''::bytea), ''::bytea) AS packed
     FROM (SELECT person_key,
             '\\x${(0x90 + RECORD_TYPES.length).toString(16)}'::bytea ||
             ${RECORD_TYPES.map(({ type }) => `coalesce(${type}, '\\xc0')`).join(' || ')} AS facts
           FROM profile WHERE person_key = ANY($1::bytea[]) OFFSET 0) AS p) q`;

/**
 * Profiles of distinct persons in one probe, and the version of the coverage at the same moment: one statement sees one state. What is
 * read besides belongs to it only in a REPEATABLE READ transaction.
 */
export async function readProfiles(
  client: Queryable,
  persons: ReadonlySet<PersonKey>,
): Promise<{ coverageVersion: string; profiles: Profiles }> {
  const { rows } = await client.query<{ coverage_version: string; packed: Buffer }>(readSql, [keyArray(persons)]);
  const row = rows[0];
  if (!row) throw new Error('the coverage version is missing');
  return { coverageVersion: row.coverage_version, profiles: profilesIn(row.packed) };
}

/** Finds the persons in what the database put together; nothing is unpacked before it is asked for, and nothing is kept of it. */
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
