import { z } from 'zod';
import { KEY_BYTES, type PersonKey } from './brands.js';

/** Partitions of every topic that carries records, requests or reports. Changing it needs a rebuild of the log. */
export const PARTITIONS = 8;

/** A topic as the mesh creates it. Settings are explicit: a broker's defaults decide nothing. */
export interface TopicSpec {
  name: string;
  partitions: number;
  /** Compacted: the newest value of each key is kept for ever, so that a new reader rebuilds its state. */
  compacted: boolean;
  /** How long values are kept when the topic is not compacted; −1: for ever. */
  retentionMs: number;
  /** Largest message in bytes. */
  maxMessageBytes: number;
}

const DAYS = 86_400_000;
const spec = (name: string, over: Partial<TopicSpec> = {}): TopicSpec => ({
  name,
  partitions: PARTITIONS,
  compacted: false,
  retentionMs: 14 * DAYS,
  maxMessageBytes: 4 * 1024 * 1024,
  ...over,
});

/** Slices and markers of one record type of one source. */
export function recordTopic(source: string, recordType: string): TopicSpec {
  return spec(`hedui.source.${source}.${recordType}`, { compacted: true, retentionMs: -1 });
}

export const TOPICS = {
  /** Loads that are complete in their source, and loads that the matcher has applied. */
  coverage: spec('hedui.source.coverage', { partitions: 1, compacted: true, retentionMs: -1 }),
  policies: spec('hedui.policies', { partitions: 1, compacted: true, retentionMs: -1 }),
  requests: spec('hedui.verification.requests'),
  requestsOnline: spec('hedui.verification.requests.online'),
  reports: spec('hedui.verification.reports', { retentionMs: -1 }),
  reportsOnline: spec('hedui.verification.reports.online', { retentionMs: -1 }),
  /** Households whose authorisation ended: the ledger leaves them out. */
  endings: spec('hedui.verification.endings', { retentionMs: -1 }),
  /** The rotation of the pseudonym key: its steps, how far each service is, and which key became which. */
  pseudonyms: spec('hedui.pseudonyms', { partitions: 1, retentionMs: -1 }),
  /** What became of dead letters: their origins make them anew, or go on without them. */
  mending: spec('hedui.mending', { partitions: 1, retentionMs: 90 * DAYS }),
  deadLetter: spec('hedui.dead-letter', { partitions: 1, retentionMs: 90 * DAYS, maxMessageBytes: 8 * 1024 * 1024 }),
} as const;

/** The partition of a person's slices: the first four bytes of the key, so that no client library decides it. */
export function partitionOfPerson(person: PersonKey, partitions = PARTITIONS): number {
  return Number.parseInt(person.slice(0, 8), 16) % partitions;
}

/** The partition of a chunk: FNV-1a over its id, so that chunks of one batch spread over all matchers. */
export function partitionOfId(id: string, partitions = PARTITIONS): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  return hash % partitions;
}

/** Length of a person's message key; marker keys are text and never 16 bytes long. */
export const PERSON_MESSAGE_KEY_BYTES = KEY_BYTES;

const day = z.int();

/**
 * Payload of `load.begin` and `load.complete`. Both go through every partition of the record topic under a fixed key
 * (`markerKey`); `load.complete` also goes to the coverage topic, as does `load.applied` from the matcher.
 */
export const loadMarkerSchema = z.strictObject({
  loadId: z.string(),
  source: z.string(),
  recordType: z.string(),
  scope: z.string(),
  asOf: day.describe('days since 1970-01-01'),
  mode: z.enum(['delta', 'full']),
  /** Order in which the loads of this record type were completed; also the highest slice counter of the load. */
  seq: z.int(),
  epoch: z.int(),
  /** seq of the first full load of this scope that was completed, this one included; null before there was one. */
  firstFullSeq: z.int().nullable(),
});
export type LoadMarker = z.infer<typeof loadMarkerSchema>;

/** Key of a marker on the record topic; begin and complete are kept apart, and compaction keeps the newest of each scope. */
export function markerKey(phase: 'load.begin' | 'load.complete', scope: string): Buffer {
  return Buffer.from(`${phase}:${scope.padEnd(9, '-')}`);
}

/** Key on the coverage topic. */
export function coverageKey(type: 'load.complete' | 'load.applied', marker: LoadMarker): Buffer {
  return Buffer.from(`${type}:${marker.source}:${marker.recordType}:${marker.scope}`);
}

/** Payload of `policy.published`: the document as published, parsed and validated again by who reads it. */
export const policyPublishedSchema = z.strictObject({
  id: z.string(),
  version: z.int(),
  digest: z.string(),
  /** The policy as canonical JSON text. */
  document: z.string(),
});
export type PolicyPublished = z.infer<typeof policyPublishedSchema>;

/** Payload of `dead.letter`: what could not be processed. The original bytes stay in the blind zone. */
export const deadLetterSchema = z.strictObject({
  topic: z.string(),
  partition: z.int(),
  offset: z.string(),
  consumer: z.string(),
  reason: z.string(),
  value: z.instanceof(Uint8Array),
  /** Key of the message: tells whom it was about when the value cannot be read. */
  key: z.instanceof(Uint8Array).optional(),
  /** Which part of the message it is, when the rest was processed or waits for it: the place of a household in its chunk. */
  part: z.string().optional(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;
