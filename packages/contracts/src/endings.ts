import { asKey, type BatchId, type ChunkId, type PersonKey } from './brands.js';
import type { Day } from './calendar.js';
import { MalformedEvent } from './envelope.js';
import { VERIFICATION_TYPES, type VerificationType } from './registry.js';

/**
 * Why a household counts no longer: `withdrawn`, somebody took the authorisation back before there was a report;
 * `unauthorised`, the signature that a green channel owed never came.
 */
export const HOUSEHOLD_ENDINGS = ['withdrawn', 'unauthorised'] as const;
export type HouseholdEndingReason = (typeof HOUSEHOLD_ENDINGS)[number];

/**
 * Payload of `verification.ended`: enough for the ledger to leave the household out without asking anyone, also when its report
 * comes later or never. The first ending of a household (chunk and index) counts.
 */
export interface HouseholdEnding {
  chunkId: ChunkId;
  batchId: BatchId | null;
  /** Place in the chunk, as in the report. */
  index: number;
  reason: HouseholdEndingReason;
  asOf: Day;
  applicant: PersonKey;
  programme: string;
  verificationType: VerificationType;
  region: string;
}

export function householdEndingPayload(e: HouseholdEnding): unknown {
  const applicant = Buffer.from(e.applicant, 'hex');
  return [e.chunkId, e.batchId, e.index, e.reason, e.asOf, applicant, e.programme, e.verificationType, e.region];
}

const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0');

/** Reads a `verification.ended` payload; throws MalformedEvent. */
export function readHouseholdEnding(payload: unknown): HouseholdEnding {
  const fields: unknown[] = Array.isArray(payload) && payload.length === 9 ? payload : [];
  const [chunkId, batchId, index, rawReason, asOf, applicant, programme, rawType, region] = fields;
  const reason = HOUSEHOLD_ENDINGS.find((one) => one === rawReason);
  const verificationType = VERIFICATION_TYPES.find((one) => one === rawType);
  if (
    !isText(chunkId) ||
    !(batchId === null || isText(batchId)) ||
    !Number.isInteger(index) ||
    !Number.isSafeInteger(asOf) ||
    !(applicant instanceof Uint8Array && applicant.length === 16) ||
    !isText(programme) ||
    !isText(region) ||
    reason === undefined ||
    verificationType === undefined
  ) {
    throw new MalformedEvent('BAD_PAYLOAD', 'household ending');
  }
  return {
    chunkId: chunkId as ChunkId,
    batchId: batchId as BatchId | null,
    index: index as number,
    reason,
    asOf: asOf as Day,
    applicant: asKey<PersonKey>(Buffer.from(applicant).toString('hex')),
    programme,
    verificationType,
    region,
  };
}
