import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Assessment, PolicyRef } from './assessment.js';
import { asKey, type BatchId, type BenefitKey, type ChunkId, type NameKey, type PersonKey } from './brands.js';
import type { Day } from './calendar.js';
import { MalformedEvent, pack, unpack } from './envelope.js';
import type { Fen } from './money.js';
import type { Area, MaritalStatus, Relation, VerificationType } from './registry.js';

/** Households in one chunk at most: the unit that is packed, sealed, sent and stored. */
export const CHUNK_HOUSEHOLDS = 1000;
/** Unpacked size of a chunk's households at most, in bytes; a larger one is refused unread. */
export const CHUNK_MAX_BYTES = 64 * 1024 * 1024;

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
  households: ReportedHousehold[];
}

function squeeze(rows: unknown[]): Buffer {
  return deflateRawSync(pack(rows), { level: 1 });
}

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

const policyTuple = (p: PolicyRef): unknown[] => [p.id, p.version, p.digest];

function readPolicy(raw: unknown): PolicyRef {
  const [id, version, digest] = Array.isArray(raw) ? (raw as unknown[]) : [];
  if (typeof id !== 'string' || typeof version !== 'number' || typeof digest !== 'string') {
    throw new MalformedEvent('BAD_PAYLOAD', 'policy reference');
  }
  return { id, version, digest };
}

function personTuple(p: RequestPerson): unknown[] {
  return [
    p.relation,
    Buffer.from(p.person + p.name, 'hex'),
    p.maritalStatus,
    p.declared,
    p.rigidExpenditure,
    p.householdSize,
    p.supportedPersons,
    p.agreedSupport,
  ];
}

function readPerson(raw: unknown): RequestPerson {
  if (!Array.isArray(raw) || raw.length !== 8 || !(raw[1] instanceof Uint8Array) || raw[1].length !== 32) {
    throw new MalformedEvent('BAD_PAYLOAD', 'person');
  }
  const keys = Buffer.from(raw[1]).toString('hex');
  return {
    relation: raw[0] as Relation,
    person: asKey<PersonKey>(keys.slice(0, 32)),
    name: asKey<NameKey>(keys.slice(32)),
    maritalStatus: raw[2] as MaritalStatus | null,
    declared: raw[3] as RequestPerson['declared'],
    rigidExpenditure: raw[4] as Fen,
    householdSize: raw[5] as number,
    supportedPersons: raw[6] as number,
    agreedSupport: raw[7] as Fen | null,
  };
}

export function requestChunkPayload(chunk: RequestChunk): unknown {
  const rows = chunk.households.map((h) => [
    h.index,
    h.programme,
    h.verificationType,
    h.region,
    h.area,
    h.ownBenefit === null ? null : Buffer.from(h.ownBenefit, 'hex'),
    h.persons.map(personTuple),
  ]);
  return [chunk.chunkId, chunk.batchId, chunk.asOf, policyTuple(chunk.policy), squeeze(rows)];
}

/** Reads a `verification.requested` payload; throws MalformedEvent. */
export function readRequestChunk(payload: unknown): RequestChunk {
  if (!Array.isArray(payload) || payload.length !== 5) throw new MalformedEvent('BAD_PAYLOAD', 'request chunk');
  const [chunkId, batchId, asOf, policy, rows] = payload as unknown[];
  if (typeof chunkId !== 'string' || !Number.isSafeInteger(asOf))
    throw new MalformedEvent('BAD_PAYLOAD', 'request chunk');
  return {
    chunkId: chunkId as ChunkId,
    batchId: batchId as BatchId | null,
    asOf: asOf as Day,
    policy: readPolicy(policy),
    households: expand(rows).map((row) => {
      if (row.length !== 7 || !Array.isArray(row[6])) throw new MalformedEvent('BAD_PAYLOAD', 'household');
      return {
        index: row[0] as number,
        programme: row[1] as string,
        verificationType: row[2] as VerificationType,
        region: row[3] as string,
        area: row[4] as Area,
        ownBenefit: row[5] instanceof Uint8Array ? asKey<BenefitKey>(Buffer.from(row[5]).toString('hex')) : null,
        persons: row[6].map(readPerson),
      };
    }),
  };
}

export function reportChunkPayload(chunk: ReportChunk): unknown {
  const rows = chunk.households.map((h) => [
    h.index,
    Buffer.from(h.applicant, 'hex'),
    h.programme,
    h.verificationType,
    h.region,
    h.area,
    assessmentTuple(h.assessment),
  ]);
  return [
    chunk.chunkId,
    chunk.batchId,
    chunk.asOf,
    policyTuple(chunk.policy),
    chunk.engineVersion,
    chunk.assessedAt,
    squeeze(rows),
  ];
}

/** Reads a `verification.reported` payload; throws MalformedEvent. */
export function readReportChunk(payload: unknown): ReportChunk {
  if (!Array.isArray(payload) || payload.length !== 7) throw new MalformedEvent('BAD_PAYLOAD', 'report chunk');
  const [chunkId, batchId, asOf, policy, engineVersion, assessedAt, rows] = payload as unknown[];
  if (typeof chunkId !== 'string' || !Number.isSafeInteger(asOf) || typeof engineVersion !== 'string') {
    throw new MalformedEvent('BAD_PAYLOAD', 'report chunk');
  }
  return {
    chunkId: chunkId as ChunkId,
    batchId: batchId as BatchId | null,
    asOf: asOf as Day,
    policy: readPolicy(policy),
    engineVersion,
    assessedAt: assessedAt as number,
    households: expand(rows).map((row) => {
      if (row.length !== 7 || !(row[1] instanceof Uint8Array)) throw new MalformedEvent('BAD_PAYLOAD', 'report');
      return {
        index: row[0] as number,
        applicant: asKey<PersonKey>(Buffer.from(row[1]).toString('hex')),
        programme: row[2] as string,
        verificationType: row[3] as VerificationType,
        region: row[4] as string,
        area: row[5] as Area,
        assessment: readAssessment(row[6]),
      };
    }),
  };
}

function assessmentTuple(a: Assessment): unknown[] {
  return [
    a.conclusion,
    a.tier,
    a.countedMembers,
    a.standardMonthly,
    a.annualIncome,
    a.income.map((m) => [
      m.member,
      m.deduction,
      ...[m.wage, m.operating, m.property, m.transfer, m.other].flatMap((c) => [c.declared, c.verified, c.assessed]),
    ]),
    a.support.map((s) => [s.supporter, s.amount, s.basis]),
    a.findings.map((f) => [f.code, f.effect, f.member, f.source, f.recordId, f.detail]),
    a.sources.map((s) => [s.source, s.state, s.asOf, s.loading]),
  ];
}

function readAssessment(raw: unknown): Assessment {
  if (!Array.isArray(raw) || raw.length !== 9) throw new MalformedEvent('BAD_PAYLOAD', 'assessment');
  const [conclusion, tier, countedMembers, standardMonthly, annualIncome, income, support, findings, sources] = raw as [
    string,
    string | null,
    number,
    number,
    number,
    number[][],
    unknown[][],
    unknown[][],
    unknown[][],
  ];
  const category = (row: number[], at: number) => ({
    declared: row[at] as Fen,
    verified: row[at + 1] as Fen,
    assessed: row[at + 2] as Fen,
  });
  return {
    conclusion: conclusion as Assessment['conclusion'],
    tier,
    countedMembers,
    standardMonthly: standardMonthly as Fen,
    annualIncome: annualIncome as Fen,
    income: income.map((row) => ({
      member: row[0] as number,
      deduction: row[1] as Fen,
      wage: category(row, 2),
      operating: category(row, 5),
      property: category(row, 8),
      transfer: category(row, 11),
      other: category(row, 14),
    })),
    support: support.map(([supporter, amount, basis]) => ({
      supporter: supporter as number,
      amount: amount as Fen,
      basis: basis as Assessment['support'][number]['basis'],
    })),
    findings: findings.map(([code, effect, member, source, recordId, detail]) => ({
      code: code as Assessment['findings'][number]['code'],
      effect: effect as Assessment['findings'][number]['effect'],
      member: member as number | null,
      source: source as string | null,
      recordId: recordId as string | null,
      detail: detail as Assessment['findings'][number]['detail'],
    })),
    sources: sources.map(([source, state, asOf, loading]) => ({
      source: source as string,
      state: state as Assessment['sources'][number]['state'],
      asOf: asOf as Day | null,
      loading: loading as boolean,
    })),
  };
}
