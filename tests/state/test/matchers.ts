import path from 'node:path';
import {
  isSealedText,
  PARTITIONS,
  type PersonKey,
  partitionOfPerson,
  RECORD_TYPES,
  recordTopic,
  unpack,
} from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import { type Matcher, startMatcher } from '@hedui/matcher';
import { createPool, migrate, type Pool } from '@hedui/postgres';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { logger } from './desk.js';
import type { TypeName } from './files.js';
import { pseudonyms } from './people.js';
import type { Field, ScopeCoverage, View } from './truth.js';

const LIMITS = { policyMs: 20_000, loadMs: 20_000, rebuildMs: 20_000, pollMs: 20 };
const MIGRATIONS = path.join(__dirname, '../../../services/matcher/migrations');

/** The matchers of the mesh: none, one or several on one database. */
export interface Matchers {
  /** Starts or stops until so many run. */
  run(count: number): Promise<void>;
  running(): number;
  /** Goes on with an empty database: everything has to come from the log again. */
  forget(): Promise<void>;
  /** True when everything on the record topics has been read. */
  caughtUp(): Promise<boolean>;
  /** What the profiles hold of a type: person → records, as they stand there. */
  profiles(type: TypeName): Promise<Map<string, View[]>>;
  coverage(source: string, type: string): Promise<(ScopeCoverage & { epoch: number })[]>;
  close(): Promise<void>;
}

export async function openMatchers(log: EventLog): Promise<Matchers> {
  let database: TestDatabase = await testDatabase('state');
  let pool: Pool = await open();
  const running: Matcher[] = [];

  async function open(): Promise<Pool> {
    const opened = createPool({ url: database.url, name: 'matcher', logger, max: 12 });
    await migrate(opened, MIGRATIONS);
    return opened;
  }
  async function run(count: number): Promise<void> {
    while (running.length > count) await running.pop()?.close();
    while (running.length < count) {
      const matcher = await startMatcher({ pool, log, logger, limits: LIMITS, residentBytes: 4 * 1024 * 1024 });
      running.push(matcher);
      await matcher.joined;
    }
  }
  async function close(): Promise<void> {
    await run(0);
    await pool.end();
    await database.drop();
  }

  return {
    run,
    running: () => running.length,
    async forget() {
      const count = running.length;
      await close();
      database = await testDatabase('state');
      pool = await open();
      await run(count);
    },
    async caughtUp() {
      const { rows } = await pool.query<{ at: string; next_offset: string }>(
        "SELECT topic || '/' || partition AS at, next_offset FROM log_position WHERE consumer_group = 'matcher.records'",
      );
      const next = new Map(rows.map((row) => [row.at, BigInt(row.next_offset)]));
      if (next.size < RECORD_TYPES.length * PARTITIONS) return false;
      for (const { source, type } of RECORD_TYPES) {
        for (const { topic, partition, end } of await log.offsets(recordTopic(source, type).name)) {
          if ((next.get(`${topic}/${partition}`) ?? 0n) < end) return false;
        }
      }
      return true;
    },
    async profiles(type) {
      const { rows } = await pool.query<{ person: string; kept: Buffer }>(
        `SELECT encode(person_key, 'hex') AS person, ${type} AS kept FROM profile WHERE ${type} IS NOT NULL`,
      );
      const views = rows.map(({ person, kept }): [string, View[]] => [person, viewsIn(person, kept)]);
      return new Map(views.filter(([, records]) => records.length > 0));
    },
    async coverage(source, type) {
      const { rows } = await pool.query<ScopeCoverage & { epoch: number }>(
        `SELECT scope, to_char(date '1970-01-01' + as_of_day, 'YYYY-MM-DD') AS "asOf", mode, seq::int AS seq,
           first_full_seq::int AS "firstFullSeq", epoch
         FROM coverage WHERE source = $1 AND record_type = $2 ORDER BY scope COLLATE "C"`,
        [source, type],
      );
      return rows;
    },
    close,
  };
}

/** Opens a kept slice: [names of 16 bytes each, records of [index of the name, ...fields]], or nothing. */
function viewsIn(person: string, kept: Buffer): View[] {
  const slice = unpack(kept) as [Uint8Array, [number, ...(Field | Uint8Array)[]][]] | null;
  if (slice === null) return [];
  const [names, records] = slice;
  return records.map(([name, ...fields]) => ({
    person,
    name: hex(names.subarray(name * 16, name * 16 + 16)),
    fields: fields.map((field) => (field instanceof Uint8Array ? hex(field) : opened(field))),
  }));
}

/** An id that names somebody travels sealed; the model knows it in clear. */
const opened = (field: Field): Field =>
  typeof field === 'string' && isSealedText(field) ? pseudonyms.openText(field) : field;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** In how many partitions these persons lie: a test of one partition would prove little. */
export const partitionsOf = (persons: readonly string[]): number =>
  new Set(persons.map((person) => partitionOfPerson(person as PersonKey))).size;
