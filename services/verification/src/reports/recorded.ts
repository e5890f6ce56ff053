import { placesOf, type ReportedHousehold, type RequestHousehold, readBasis } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { argumentsFromBasis, type Policy, policyFromCanonical } from '@hedui/means-test';
import type { CallerReach } from '../access/reach.js';
import { findPolicy } from '../db/policies.js';
import { readPackedBasis } from '../db/reports.js';
import type { Deps } from '../deps.js';
import { askedAt, findParts, type OpenedChunk, openChunk } from './report.js';

/** A report with everything that it was computed from. */
export interface RecordedReport {
  reportNo: string;
  place: number;
  chunk: OpenedChunk;
  reported: ReportedHousehold;
  asked: RequestHousehold;
  /** The version that the report names, as it is stored now, and its digest. */
  policy: Policy;
  policyDigest: string;
  /** What `assess` was given. */
  given: ReturnType<typeof argumentsFromBasis>;
}

/** A household whose report is still being made. */
export interface NotYetReported {
  chunkId: OpenedChunk['chunkId'];
  place: number;
}

/**
 * Opens a report with its basis; says where it is when it is still being made. Throws HeduiError NOT_FOUND when there is no such
 * report and nobody will make it, BASIS_MISSING when its basis was not kept.
 */
export async function openRecorded(
  { ring, pseudonyms }: Pick<Deps, 'ring' | 'pseudonyms'>,
  reportNo: string,
  reach: CallerReach,
): Promise<RecordedReport | NotYetReported> {
  const { at, parts } = await findParts(reportNo, reach);
  const { place } = at;
  const chunk = openChunk(parts, ring, pseudonyms);
  if (chunk === null) return { chunkId: parts.chunkId, place };
  const reported = chunk.report.households.find(({ index }) => index === place);
  if (reported === undefined) throw new HeduiError('NOT_FOUND');
  const packed = await reach.read((db) => readPackedBasis(db, chunk.chunkId));
  if (packed === null) throw new HeduiError('BASIS_MISSING');
  const { id, version } = chunk.report.policy;
  const stored = await reach.read((db) => findPolicy(db, id, version));
  if (stored === null) throw new HeduiError('POLICY_UNKNOWN');
  const policy = policyFromCanonical(stored.canonical);
  const asked = askedAt(chunk, place);
  const given = argumentsFromBasis(policy, chunk.report.asOf, asked, placesOf(chunk.asked), readBasis(packed));
  return { reportNo, place, chunk, reported, asked, policy, policyDigest: stored.digest, given };
}
