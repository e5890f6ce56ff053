import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { keyBytes, type NameKey, type PersonKey } from './brands.js';
import type { Day, Month } from './calendar.js';
import { CHUNK_MAX_BYTES, type RequestHousehold } from './chunks.js';
import { MalformedEvent, pack, packedArray, unpack } from './envelope.js';
import type {
  AccountFact,
  AssistanceFact,
  DeathFact,
  FactsByType,
  MarriageFact,
  RegistrationFact,
  RoleFact,
} from './facts.js';
import type { Fen } from './money.js';
import { LOAD_MODES, type LoadMode, regionCovers } from './registry.js';
import { decodeFact, type SliceValue } from './slices.js';

/**
 * What the reports of a chunk were computed from: with the request chunk and the policy version that it names, everything that
 * `assess` was given. A report can so be computed again, and explained, after the sources have moved on.
 */
export interface Basis {
  /** By place (placesOf); null: no source held anything of this person. */
  facts: readonly (BasisFacts | null)[];
  /** Of each scope that covers a household of the chunk and each record type: the last load that counted. */
  coverage: readonly BasisCoverage[];
  /** Loads that were being applied and cover a household of the chunk. */
  loading: readonly BasisLoading[];
}

/** What the rules read of one person under one name; months outside the window of twelve are left out. */
export interface BasisFacts {
  income: readonly BasisMonth[];
  account: readonly AccountFact[];
  registration: readonly RegistrationFact[];
  role: readonly RoleFact[];
  marriage: readonly MarriageFact[];
  death: readonly DeathFact[];
  assistance: readonly AssistanceFact[];
  /** Bit mask over RECORD_TYPES: types of which a record of this person stands under another name. */
  otherNames: number;
}

/** Income of one month by category, in fen. */
export interface BasisMonth {
  month: Month;
  wage: Fen;
  operating: Fen;
  property: Fen;
  other: Fen;
}

export interface BasisCoverage {
  source: string;
  recordType: string;
  scope: string;
  mode: LoadMode;
  asOf: Day;
  seq: number;
  firstFullSeq: number | null;
}

export interface BasisLoading {
  source: string;
  scope: string;
}

/** The distinct (person, name) of a chunk, numbered from 0 in the order of its households and rows. */
export interface Places {
  readonly size: number;
  /** Throws RangeError for one who is not in the chunk. */
  of(person: PersonKey, name: NameKey): number;
}

/** Numbers the persons of a request chunk: the facts of a basis stand in this order. */
export function placesOf(households: readonly RequestHousehold[]): Places {
  const known = new Map<string, number>();
  for (const { persons } of households) {
    for (const { person, name } of persons) {
      const key = person + name;
      if (!known.has(key)) known.set(key, known.size);
    }
  }
  return {
    size: known.size,
    of(person, name) {
      const place = known.get(person + name);
      if (place === undefined) throw new RangeError('a person who is not in the chunk');
      return place;
    },
  };
}

type RecordFact = Exclude<keyof FactsByType, 'income'>;

/** Adds the fields of a fact in the order of facts.ts, which decodeFact reads. */
const fields: { [T in RecordFact]: (to: SliceValue[], fact: FactsByType[T]) => void } = {
  registration: (to, f) => to.push(f.recordId, f.plateType, f.useNature, f.status, f.registeredOn, f.disposedOn),
  account: (to, f) => to.push(f.recordId, f.opened, f.paidThrough, f.wageBase, f.balance, f.status, f.loanRepayment),
  role: (to, f) => to.push(f.recordId, f.entityType, f.role, f.capital, f.entityStatus, f.since, f.until),
  marriage: (to, f) => to.push(f.recordId, f.state, f.eventDate, keyBytes(f.spouse)),
  death: (to, f) => to.push(f.deathDate),
  assistance: (to, f) => to.push(f.recordId, f.programme, keyBytes(f.benefit), f.region, f.from, f.to),
};
const monthFields = (to: SliceValue[], m: BasisMonth): void => {
  to.push(m.month, m.wage, m.operating, m.property, m.other);
};

/**
 * Nearly everybody has no record of most types: one byte for none, a flat list of all records' fields for some. Filled in place:
 * flatMap costs twenty times as much, in the inner loop of every chunk.
 */
function flat<F>(facts: readonly F[], add: (to: SliceValue[], fact: F) => void): SliceValue[] | null {
  if (facts.length === 0) return null;
  const to: SliceValue[] = [];
  for (const fact of facts) add(to, fact);
  return to;
}

function factsTuple(f: BasisFacts): unknown[] {
  return [
    f.otherNames,
    flat(f.income, monthFields),
    flat(f.registration, fields.registration),
    flat(f.account, fields.account),
    flat(f.role, fields.role),
    flat(f.marriage, fields.marriage),
    flat(f.death, fields.death),
    flat(f.assistance, fields.assistance),
  ];
}

/** The facts of one person as a basis keeps them, packed. */
export const packFacts = (facts: BasisFacts): Buffer => pack(factsTuple(facts));

const NOTHING = pack(null);

/** As encodeBasis, of facts that are packed one by one (packFacts). */
export function encodePackedBasis(basis: Omit<Basis, 'facts'> & { facts: readonly (Buffer | null)[] }): Buffer {
  const parts = [
    pack(basis.coverage.map((c) => [c.source, c.recordType, c.scope, c.mode, c.asOf, c.seq, c.firstFullSeq])),
    pack(basis.loading.map((l) => [l.source, l.scope])),
    packedArray(basis.facts.map((facts) => facts ?? NOTHING)),
  ];
  return deflateRawSync(packedArray(parts), { level: 1 });
}

/** Packs and deflates a basis. */
export function encodeBasis(basis: Basis): Buffer {
  return encodePackedBasis({ ...basis, facts: basis.facts.map((facts) => facts && packFacts(facts)) });
}

const bad = (what: string): never => {
  throw new MalformedEvent('BAD_PAYLOAD', what);
};
const list = (raw: unknown): unknown[] => (Array.isArray(raw) ? raw : bad('basis'));
const text = (raw: unknown): string => (typeof raw === 'string' ? raw : bad('basis text'));
const integer = (raw: unknown): number =>
  typeof raw === 'number' && Number.isSafeInteger(raw) ? raw : bad('basis number');

function groups(raw: unknown, width: number): SliceValue[][] {
  const values = raw === null ? [] : list(raw);
  if (values.length % width !== 0) bad('basis records');
  return Array.from({ length: values.length / width }, (_, i) =>
    values.slice(i * width, (i + 1) * width),
  ) as SliceValue[][];
}

function records<T extends RecordFact>(type: T, raw: unknown, width: number): FactsByType[T][] {
  return groups(raw, width).map((record) => decodeFact(type, [0, ...record]));
}

function readFacts(raw: unknown): BasisFacts | null {
  if (raw === null) return null;
  const [otherNames, income, registration, account, role, marriage, death, assistance] = list(raw);
  return {
    income: groups(income, 5).map((month) => {
      const [at, wage, operating, property, other] = month.map(integer) as [number, Fen, Fen, Fen, Fen];
      return { month: at as Month, wage, operating, property, other };
    }),
    account: records('account', account, 7),
    registration: records('registration', registration, 6),
    role: records('role', role, 7),
    marriage: records('marriage', marriage, 4),
    death: records('death', death, 1),
    assistance: records('assistance', assistance, 6),
    otherNames: integer(otherNames),
  };
}

function readCoverage(raw: unknown): BasisCoverage {
  const [source, recordType, scope, mode, asOf, seq, firstFullSeq] = list(raw);
  return {
    source: text(source),
    recordType: text(recordType),
    scope: text(scope),
    mode: LOAD_MODES.find((one) => one === mode) ?? bad('basis mode'),
    asOf: integer(asOf) as Day,
    seq: integer(seq),
    firstFullSeq: firstFullSeq === null ? null : integer(firstFullSeq),
  };
}

/** Opens a basis; throws MalformedEvent. */
export function readBasis(bytes: Uint8Array): Basis {
  let raw: unknown;
  try {
    raw = unpack(inflateRawSync(bytes, { maxOutputLength: CHUNK_MAX_BYTES }));
  } catch {
    throw new MalformedEvent('BAD_PAYLOAD', 'basis cannot be unpacked');
  }
  const [coverage, loading, facts] = list(raw);
  return {
    coverage: list(coverage).map(readCoverage),
    loading: list(loading).map((entry) => {
      const [source, scope] = list(entry);
      return { source: text(source), scope: text(scope) };
    }),
    facts: list(facts).map(readFacts),
  };
}

/** The loads of a basis that speak of a region: what its households were told about the sources. */
export function basisForRegion(
  basis: Pick<Basis, 'coverage' | 'loading'>,
  region: string,
): Pick<Basis, 'coverage' | 'loading'> {
  return {
    coverage: basis.coverage.filter(({ scope }) => regionCovers(scope, region)),
    loading: basis.loading.filter(({ scope }) => regionCovers(scope, region)),
  };
}
