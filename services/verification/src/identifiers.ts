import { randomBytes } from 'node:crypto';
import type { BatchId, ChunkId, ReportNo } from '@hedui/contracts';

/** Crockford's base 32: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHUNK_ID_LENGTH = 26;
const batchIdPattern = /^batch-[0-9A-HJKMNP-TV-Z]{26}$/;
const unmaskingIdPattern = /^unmasking-[0-9A-HJKMNP-TV-Z]{26}$/;
const reportNoPattern = /^R[0-9A-HJKMNP-TV-Z]{28}$/;

function base32(value: number, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) text = ALPHABET.charAt(rest % 32) + text;
  return text;
}

/**
 * 26 characters: ten of time (48 bits of milliseconds, so that neighbours lie together in an index) and sixteen of
 * chance (80 bits), which nobody guesses.
 */
function newId(): string {
  const random = randomBytes(16);
  return base32(Date.now(), 10) + Array.from(random, (byte) => ALPHABET.charAt(byte & 31)).join('');
}

const authorisationIdPattern = /^A[0-9A-HJKMNP-TV-Z]{26}$/;

/** Of a registered authorisation, or of an ending. */
export function newAuthorisationId(): string {
  return `A${newId()}`;
}

/** True for text that may be an authorisation's id. */
export function isAuthorisationId(text: string): boolean {
  return authorisationIdPattern.test(text);
}

export function newChunkId(): ChunkId {
  return newId() as ChunkId;
}

export function newBatchId(): BatchId {
  return `batch-${newId()}` as BatchId;
}

export function newUnmaskingId(): string {
  return `unmasking-${newId()}`;
}

/** True for text that may be an unmasking's id. */
export function isUnmaskingId(text: string): boolean {
  return unmaskingIdPattern.test(text);
}

export const newErasureId = (): string => `erasure-${newId()}`;

/** True for text that may be a batch's id. */
export function isBatchId(text: string): text is BatchId {
  return batchIdPattern.test(text);
}

/** The number of a household's report: `R`, the chunk's id, its place in the chunk (0 to 1023) in two characters. */
export function reportNoOf(chunkId: ChunkId, place: number): ReportNo {
  return `R${chunkId}${base32(place, 2)}` as ReportNo;
}

/** The chunk and the place that a report number names; null when it is none. */
export function readReportNo(text: string): { chunkId: ChunkId; place: number } | null {
  if (!reportNoPattern.test(text)) return null;
  const end = 1 + CHUNK_ID_LENGTH;
  return {
    chunkId: text.slice(1, end) as ChunkId,
    place: ALPHABET.indexOf(text.charAt(end)) * 32 + ALPHABET.indexOf(text.charAt(end + 1)),
  };
}
