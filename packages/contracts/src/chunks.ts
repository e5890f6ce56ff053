import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Assessment, PolicyRef } from './assessment.js';
import { assessmentTuple, readAssessment } from './assessment-tuple.js';
import {
  type BatchId,
  type BenefitKey,
  type ChunkId,
  KEY_BYTES,
  keyFromBytes,
  type NameKey,
  type PersonKey,
} from './brands.js';
import type { Day } from './calendar.js';
import { MalformedEvent, pack, packedArray, unpack } from './envelope.js';
import type { Fen } from './money.js';
import type { Area, MaritalStatus, Relation, VerificationType } from './registry.js';

/** Households in one chunk at most: the unit that is packed, sealed, sent and stored. */
export const CHUNK_HOUSEHOLDS = 1000;
/** Unpacked size of a chunk's households at most, in bytes; a larger one is refused unread. */
export const CHUNK_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Why a chunk is assessed: `verification` gives reports; `replay` asks what today's data would say about a household that has its
 * report, and is neither a report nor counted.
 */
export const CHUNK_PURPOSES = ['verification', 'replay'] as const;
export type ChunkPurpose = (typeof CHUNK_PURPOSES)[number];

/** One person of a household as the blind zone sees them. Money in fen over the reference period. */
export interface RequestPerson {
  relation: Relation;
  person: PersonKey;
  name: NameKey;
  maritalStatus: MaritalStatus | null;
  /** wage, operating, property, transfer, other */
  declared: readonly [Fen, Fen, Fen, Fen, Fen];
  rigidExpenditure: Fen;
  householdSize: number;
  supportedPersons: number;
  agreedSupport: Fen | null;
}

/** One household of a request chunk. Row n of the household is persons[n − 1]. */
export interface RequestHousehold {
  /** Place in its chunk, from 0; with the chunk id it names the household everywhere. */
  index: number;
  programme: string;
  verificationType: VerificationType;
  region: string;
  area: Area;
  ownBenefit: BenefitKey | null;
  persons: RequestPerson[];
}

/** Payload of `verification.requested`. */
export interface RequestChunk {
  chunkId: ChunkId;
  batchId: BatchId | null;
  asOf: Day;
  policy: PolicyRef;
  purpose: ChunkPurpose;
  households: RequestHousehold[];
}

/** One household of a report chunk: enough for the ledger to count it without asking anyone. */
export interface ReportedHousehold {
  index: number;
  applicant: PersonKey;
  programme: string;
  verificationType: VerificationType;
  region: string;
  area: Area;
  assessment: Assessment;
}

/** Payload of `verification.reported`. The first of a chunk in topic order wins everywhere. */
export interface ReportChunk {
  chunkId: ChunkId;
  batchId: BatchId | null;
  asOf: Day;
  policy: PolicyRef;
  engineVersion: string;
  /** Milliseconds since 1970. */
  assessedAt: number;
  purpose: ChunkPurpose;
  /**
   * What the households were assessed from, packed (basis.ts); it goes with the request chunk. Null in a replay, and where the
   * message would have exceeded the largest one.
   */
  basis: Uint8Array | null;
  households: ReportedHousehold[];
}

const squeeze = (packed: Buffer): Buffer => deflateRawSync(packed, { level: 1 });

function expand(bytes: unknown): unknown[][] {
  if (!(bytes instanceof Uint8Array)) throw new MalformedEvent('BAD_PAYLOAD', 'chunk');
  let rows: unknown;
  try {
    rows = unpack(inflateRawSync(bytes, { maxOutputLength: CHUNK_MAX_BYTES }));
  } catch {
    throw new MalformedEvent('BAD_PAYLOAD', 'chunk cannot be unpacked');
  }
  if (!Array.isArray(rows) || !rows.every((row) => Array.isArray(row)))
    throw new MalformedEvent('BAD_PAYLOAD', 'chunk');
  return rows as unknown[][];
}

function readPurpose(raw: unknown): ChunkPurpose {
  const purpose = CHUNK_PURPOSES.find((one) => one === raw);
  if (purpose === undefined) throw new MalformedEvent('BAD_PAYLOAD', 'purpose');
  return purpose;
}

const policyTuple = (p: PolicyRef): unknown[] => [p.id, p.version, p.digest];

function readPolicy(raw: unknown): PolicyRef {
  const [id, version, digest] = Array.isArray(raw) ? (raw as unknown[]) : [];
  if (typeof id !== 'string' || typeof version !== 'number' || typeof digest !== 'string') {
    throw new MalformedEvent('BAD_PAYLOAD', 'policy reference');
  }
  return { id, version, digest };
}

/** A pseudonym that stands alone. Throws TypeError when it has not its length. */
function wholeKey<K extends PersonKey | BenefitKey>(bytes: Uint8Array): K {
  if (bytes.length !== KEY_BYTES) throw new TypeError('a pseudonym is 16 bytes');
  return keyFromBytes<K>(bytes);
}

const PERSON_BYTES = 2 * KEY_BYTES;

/** The keys of all persons, one after the other: turned into bytes together, because one call for each person costs three times as much. */
function keysOf(households: readonly RequestHousehold[]): Buffer {
  let digits = '';
  for (const { persons } of households) for (const { person, name } of persons) digits += person + name;
  return Buffer.from(digits, 'hex');
}

function personTuple(p: RequestPerson, keys: Buffer, at: number): unknown[] {
  return [
    p.relation,
    keys.subarray(at * PERSON_BYTES, (at + 1) * PERSON_BYTES),
    p.maritalStatus,
    p.declared,
    p.rigidExpenditure,
    p.householdSize,
    p.supportedPersons,
    p.agreedSupport,
  ];
}

function readPerson(raw: unknown): RequestPerson {
  if (!Array.isArray(raw) || raw.length !== 8 || !(raw[1] instanceof Uint8Array) || raw[1].length !== PERSON_BYTES) {
    throw new MalformedEvent('BAD_PAYLOAD', 'person');
  }
  return {
    relation: raw[0] as Relation,
    person: keyFromBytes<PersonKey>(raw[1]),
    name: keyFromBytes<NameKey>(raw[1], KEY_BYTES),
    maritalStatus: raw[2] as MaritalStatus | null,
    declared: raw[3] as RequestPerson['declared'],
    rigidExpenditure: raw[4] as Fen,
    householdSize: raw[5] as number,
    supportedPersons: raw[6] as number,
    agreedSupport: raw[7] as Fen | null,
  };
}

export function requestChunkPayload(chunk: RequestChunk): unknown {
  const keys = keysOf(chunk.households);
  let at = 0;
  const rows = chunk.households.map((h) => [
    h.index,
    h.programme,
    h.verificationType,
    h.region,
    h.area,
    h.ownBenefit === null ? null : Buffer.from(h.ownBenefit, 'hex'),
    h.persons.map((person) => personTuple(person, keys, at++)),
  ]);
  return [chunk.chunkId, chunk.batchId, chunk.asOf, policyTuple(chunk.policy), squeeze(pack(rows)), chunk.purpose];
}

/** Reads a `verification.requested` payload; throws MalformedEvent. */
export function readRequestChunk(payload: unknown): RequestChunk {
  if (!Array.isArray(payload) || payload.length !== 6) throw new MalformedEvent('BAD_PAYLOAD', 'request chunk');
  const [chunkId, batchId, asOf, policy, rows, purpose] = payload as unknown[];
  if (typeof chunkId !== 'string' || !Number.isSafeInteger(asOf))
    throw new MalformedEvent('BAD_PAYLOAD', 'request chunk');
  return {
    chunkId: chunkId as ChunkId,
    batchId: batchId as BatchId | null,
    asOf: asOf as Day,
    policy: readPolicy(policy),
    purpose: readPurpose(purpose),
    households: expand(rows).map((row) => {
      if (row.length !== 7 || !Array.isArray(row[6])) throw new MalformedEvent('BAD_PAYLOAD', 'household');
      return {
        index: row[0] as number,
        programme: row[1] as string,
        verificationType: row[2] as VerificationType,
        region: row[3] as string,
        area: row[4] as Area,
        ownBenefit: row[5] instanceof Uint8Array ? wholeKey<BenefitKey>(row[5]) : null,
        persons: row[6].map(readPerson),
      };
    }),
  };
}

/** One household of a report chunk, packed. */
export function packReported(h: ReportedHousehold): Buffer {
  return pack([
    h.index,
    Buffer.from(h.applicant, 'hex'),
    h.programme,
    h.verificationType,
    h.region,
    h.area,
    assessmentTuple(h.assessment),
  ]);
}

/** A report chunk whose households are packed one by one (packReported): whoever makes thousands need not keep them all. */
export interface PackedReportChunk extends Omit<ReportChunk, 'households'> {
  households: readonly Buffer[];
}

/** Payload of `verification.reported`. */
export function packedReportPayload(chunk: PackedReportChunk): unknown {
  return [
    chunk.chunkId,
    chunk.batchId,
    chunk.asOf,
    policyTuple(chunk.policy),
    chunk.engineVersion,
    chunk.assessedAt,
    squeeze(packedArray(chunk.households)),
    chunk.purpose,
    chunk.basis,
  ];
}

export function reportChunkPayload(chunk: ReportChunk): unknown {
  return packedReportPayload({ ...chunk, households: chunk.households.map(packReported) });
}

const REPORT_FIELDS = 9;

/** A `verification.reported` payload without its basis: whoever keeps the two apart reads reports without it. */
export function withoutBasis(payload: unknown): unknown {
  return Array.isArray(payload) && payload.length === REPORT_FIELDS ? [...payload.slice(0, -1), null] : payload;
}

/** Reads all of a `verification.reported` payload but its households; the basis stays packed. */
export function readReportFrame(payload: unknown): { frame: Omit<ReportChunk, 'households'>; rows: unknown[][] } {
  if (!Array.isArray(payload) || payload.length !== REPORT_FIELDS) {
    throw new MalformedEvent('BAD_PAYLOAD', 'report chunk');
  }
  const [chunkId, batchId, asOf, policy, engineVersion, assessedAt, rows, purpose, basis] = payload as unknown[];
  if (typeof chunkId !== 'string' || !Number.isSafeInteger(asOf) || typeof engineVersion !== 'string') {
    throw new MalformedEvent('BAD_PAYLOAD', 'report chunk');
  }
  const frame = {
    chunkId: chunkId as ChunkId,
    batchId: batchId as BatchId | null,
    asOf: asOf as Day,
    policy: readPolicy(policy),
    engineVersion,
    assessedAt: assessedAt as number,
    purpose: readPurpose(purpose),
    basis: basis instanceof Uint8Array ? basis : null,
  };
  return { frame, rows: expand(rows) };
}

/** Reads a `verification.reported` payload; the basis stays packed. Throws MalformedEvent. */
export function readReportChunk(payload: unknown): ReportChunk {
  const { frame, rows } = readReportFrame(payload);
  return {
    ...frame,
    households: rows.map((row) => {
      if (row.length !== 7 || !(row[1] instanceof Uint8Array)) throw new MalformedEvent('BAD_PAYLOAD', 'report');
      return {
        index: row[0] as number,
        applicant: wholeKey<PersonKey>(row[1]),
        programme: row[2] as string,
        verificationType: row[3] as VerificationType,
        region: row[4] as string,
        area: row[5] as Area,
        assessment: readAssessment(row[6]),
      };
    }),
  };
}

/** A household of a report chunk as far as it is counted; what is unknown here has not been looked at. */
export interface CountedHousehold {
  index: number;
  /** The 16 bytes of the applicant's pseudonym. */
  applicant: Uint8Array;
  programme: unknown;
  verificationType: unknown;
  region: unknown;
  area: unknown;
  conclusion: unknown;
  tier: unknown;
  /** [code, effect, member, source, …] of each finding. */
  findings: readonly (readonly unknown[])[];
  /** [source, state, …] of each source. */
  sources: readonly (readonly unknown[])[];
}

export interface CountedChunk extends Omit<ReportChunk, 'households'> {
  households: CountedHousehold[];
}

const isTable = (value: unknown): value is unknown[][] =>
  Array.isArray(value) && value.every((row) => Array.isArray(row));

/**
 * Reads a `verification.reported` payload for someone who counts: the same frames are checked, and no object is made for what is not
 * counted, which is most of a report. Throws MalformedEvent.
 */
export function readCountedChunk(payload: unknown): CountedChunk {
  const { frame, rows } = readReportFrame(payload);
  return { ...frame, households: rows.map(readCounted) };
}

function readCounted(row: unknown[]): CountedHousehold {
  const [index, applicant, programme, verificationType, region, area, assessment] = row;
  if (
    row.length !== 7 ||
    !(applicant instanceof Uint8Array && applicant.length === KEY_BYTES) ||
    !(Array.isArray(assessment) && assessment.length === 9) ||
    !isTable(assessment[5]) ||
    !isTable(assessment[6]) ||
    !isTable(assessment[7]) ||
    !isTable(assessment[8])
  ) {
    throw new MalformedEvent('BAD_PAYLOAD', 'report');
  }
  const [conclusion, tier] = assessment as unknown[];
  return {
    index: index as number,
    applicant,
    programme,
    verificationType,
    region,
    area,
    conclusion,
    tier,
    findings: assessment[7],
    sources: assessment[8],
  };
}
