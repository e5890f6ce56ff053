import type { PolicyRef } from './assessment.js';
import type { AssessmentOutline } from './assessment-tuple.js';
import type { BatchId, ChunkId } from './brands.js';
import type { Day } from './calendar.js';
import type { ReportedHousehold, RequestHousehold } from './chunk-households.js';
import { MalformedEvent } from './envelope.js';
import { inflate, squeeze } from './packing/squeeze.js';
import { PackWriter } from './packing/writer.js';
import { type CountedHousehold, readCounted, readOutlines, readReported, writeReported } from './report-rows.js';
import { readRequested, writeRequested } from './request-rows.js';

/** Households in one chunk at most: the unit that is packed, sealed, sent and stored. */
export const CHUNK_HOUSEHOLDS = 1000;

/**
 * Why a chunk is assessed: `verification` gives reports; `replay` asks what today's data would say about a household that has its
 * report, and is neither a report nor counted.
 */
export const CHUNK_PURPOSES = ['verification', 'replay'] as const;
export type ChunkPurpose = (typeof CHUNK_PURPOSES)[number];

/** Payload of `verification.requested`. */
export interface RequestChunk {
  chunkId: ChunkId;
  batchId: BatchId | null;
  asOf: Day;
  policy: PolicyRef;
  purpose: ChunkPurpose;
  households: RequestHousehold[];
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

/** Payload of `verification.requested`, of households that are packed (writeRequested) and squeezed. */
export function requestPayload(chunk: Omit<RequestChunk, 'households'>, squeezed: Uint8Array): unknown {
  return [chunk.chunkId, chunk.batchId, chunk.asOf, policyTuple(chunk.policy), squeezed, chunk.purpose];
}

export function requestChunkPayload(chunk: RequestChunk): unknown {
  const to = new PackWriter();
  for (const household of chunk.households) writeRequested(to, household);
  return requestPayload(chunk, squeeze(to.takeArray(chunk.households.length)));
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
    households: readRequested(inflate(rows, 'request chunk')),
  };
}

/** Payload of `verification.reported`, of households that are packed (writeReported) and squeezed. */
export function reportPayload(chunk: Omit<ReportChunk, 'households'>, squeezed: Uint8Array): unknown {
  return [
    chunk.chunkId,
    chunk.batchId,
    chunk.asOf,
    policyTuple(chunk.policy),
    chunk.engineVersion,
    chunk.assessedAt,
    squeezed,
    chunk.purpose,
    chunk.basis,
  ];
}

/**
 * Who produced (`producedBy`) a report that verification publishes again because its topic was lost: of several reports of a chunk this
 * is the one that it gives out.
 */
export const VERIFICATION_KEEPS = 'verification';

export function reportChunkPayload(chunk: ReportChunk): unknown {
  const to = new PackWriter();
  for (const household of chunk.households) writeReported(to, household);
  return reportPayload(chunk, squeeze(to.takeArray(chunk.households.length)));
}

const REPORT_FIELDS = 9;

/** A `verification.reported` payload without its basis: whoever keeps the two apart reads reports without it. */
export function withoutBasis(payload: unknown): unknown {
  return Array.isArray(payload) && payload.length === REPORT_FIELDS ? [...payload.slice(0, -1), null] : payload;
}

/** Reads all of a `verification.reported` payload but its households, which stay packed as the basis does. */
function readReportFrame(payload: unknown): { frame: Omit<ReportChunk, 'households'>; rows: Buffer } {
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
  return { frame, rows: inflate(rows, 'report chunk') };
}

/** Reads a `verification.reported` payload; the basis stays packed. Throws MalformedEvent. */
export function readReportChunk(payload: unknown): ReportChunk {
  const { frame, rows } = readReportFrame(payload);
  return { ...frame, households: readReported(rows) };
}

/** A report chunk of which the figures stay packed: for whoever stores it and only says what it concluded. */
export interface ReportChunkOutline extends Omit<ReportChunk, 'households'> {
  households: { index: number; assessment: AssessmentOutline }[];
}

/** Reads it; refuses what `readReportChunk` refuses. Throws MalformedEvent. */
export function readReportChunkOutline(payload: unknown): ReportChunkOutline {
  const { frame, rows } = readReportFrame(payload);
  return { ...frame, households: readOutlines(rows) };
}

export interface CountedChunk extends Omit<ReportChunk, 'households'> {
  households: CountedHousehold[];
}

/**
 * Reads a `verification.reported` payload for someone who counts: what is not counted, most of a report, is passed over. Throws
 * MalformedEvent.
 */
export function readCountedChunk(payload: unknown): CountedChunk {
  const { frame, rows } = readReportFrame(payload);
  return { ...frame, households: readCounted(rows) };
}
