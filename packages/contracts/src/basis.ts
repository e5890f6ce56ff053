import { type BasisFacts, WIDTHS, writeFacts } from './basis-facts.js';
import type { NameKey, PersonKey } from './brands.js';
import type { Day, Month } from './calendar.js';
import type { RequestHousehold } from './chunk-households.js';
import { MalformedEvent, pack, packedArray, unpack } from './envelope.js';
import type { FactsByType } from './facts.js';
import type { Fen } from './money.js';
import { inflate, squeeze } from './packing/squeeze.js';
import { PackWriter } from './packing/writer.js';
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

/** Packs a basis of which the facts are packed already (writeFacts), as an array by place; what is kept is this, squeezed. */
export function packBasis(basis: Omit<Basis, 'facts'>, facts: Uint8Array): Buffer {
  const parts = [
    pack(basis.coverage.map((c) => [c.source, c.recordType, c.scope, c.mode, c.asOf, c.seq, c.firstFullSeq])),
    pack(basis.loading.map((l) => [l.source, l.scope])),
    facts,
  ];
  return packedArray(parts);
}

/** Packs and squeezes a basis. */
export function encodeBasis(basis: Basis): Buffer {
  const to = new PackWriter();
  for (const facts of basis.facts) writeFacts(to, facts);
  return squeeze(packBasis(basis, to.takeArray(basis.facts.length)));
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

function records<T extends Exclude<keyof FactsByType, 'income'>>(
  type: T,
  raw: unknown,
  width: number,
): FactsByType[T][] {
  return groups(raw, width).map((record) => decodeFact(type, [0, ...record]));
}

function readFacts(raw: unknown): BasisFacts | null {
  if (raw === null) return null;
  const [otherNames, income, registration, account, role, marriage, death, assistance] = list(raw);
  return {
    income: groups(income, WIDTHS.income).map((month) => {
      const [at, wage, operating, property, other] = month.map(integer) as [number, Fen, Fen, Fen, Fen];
      return { month: at as Month, wage, operating, property, other };
    }),
    account: records('account', account, WIDTHS.account),
    registration: records('registration', registration, WIDTHS.registration),
    role: records('role', role, WIDTHS.role),
    marriage: records('marriage', marriage, WIDTHS.marriage),
    death: records('death', death, WIDTHS.death),
    assistance: records('assistance', assistance, WIDTHS.assistance),
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
    raw = unpack(inflate(bytes, 'basis'));
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
