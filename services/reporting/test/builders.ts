import {
  type Area,
  type Assessment,
  asKey,
  type BatchId,
  type ChunkId,
  type Conclusion,
  type CorrelationId,
  type Day,
  encodeEvent,
  type Fen,
  type Finding,
  type HouseholdEnding,
  householdEndingPayload,
  type PersonKey,
  parseDay,
  partitionOfId,
  type ReportChunk,
  type ReportedHousehold,
  reportChunkPayload,
  SCHEMA_VERSION,
  SOURCES,
  type SourceState,
  TOPICS,
} from '@hedui/contracts';
import type { LogBatch, OutgoingMessage } from '@hedui/event-log';

export const person = (n: number): PersonKey => asKey<PersonKey>(n.toString(16).padStart(32, '0'));
export function day(text: string): Day {
  const parsed = parseDay(text);
  if (parsed === null) throw new Error(`not a date: ${text}`);
  return parsed;
}

export const finding = (code: Finding['code'], effect: Finding['effect'], source: string | null = null): Finding => ({
  code,
  effect,
  member: null,
  source,
  recordId: null,
  detail: {},
});

export function assessment(over: Partial<Assessment> & { conclusion: Conclusion; answered?: string[] }): Assessment {
  const { answered, ...rest } = over;
  return {
    tier: null,
    countedMembers: 1,
    standardMonthly: 0 as Fen,
    annualIncome: 0 as Fen,
    income: [],
    support: [],
    findings: [],
    sources: SOURCES.map(
      (source): SourceState => ({
        source,
        state: (answered ?? SOURCES).some((name) => name === source) ? 'answered' : 'no_reply',
        asOf: null,
        loading: false,
      }),
    ),
    ...rest,
  };
}

export function reported(
  over: Partial<ReportedHousehold> & { applicant: PersonKey; assessment: Assessment },
): ReportedHousehold {
  return {
    index: 0,
    programme: 'urban_dibao',
    verificationType: 'new_application',
    region: '520102',
    area: 'urban' satisfies Area,
    ...over,
  };
}

export function chunkOf(
  chunkId: string,
  asOf: string,
  households: ReportedHousehold[],
  batchId: string | null = null,
): ReportChunk {
  return {
    chunkId: chunkId as ChunkId,
    batchId: batchId as BatchId | null,
    asOf: day(asOf),
    policy: { id: 'p', version: 1, digest: 'd' },
    engineVersion: 'test/1',
    assessedAt: 1_700_000_000_000,
    purpose: 'verification',
    basis: null,
    households: households.map((household, index) => ({ ...household, index })),
  };
}

export function reportEvent(chunk: ReportChunk, producedBy = 'matcher'): Buffer {
  return encodeEvent({
    id: `report:${chunk.chunkId}`,
    type: 'verification.reported',
    schemaVersion: SCHEMA_VERSION,
    producedBy,
    occurredAt: 0,
    correlationId: 'c' as CorrelationId,
    payload: reportChunkPayload(chunk),
  });
}

/** A report chunk as it is published to one of the topics of reports. */
export function reportMessage(chunk: ReportChunk, topic: string = TOPICS.reports.name): OutgoingMessage {
  const { chunkId } = chunk;
  return { topic, partition: partitionOfId(chunkId), key: Buffer.from(chunkId), value: reportEvent(chunk) };
}

/** The ending of the household at `index` of a chunk. */
export function endingOf(chunk: ReportChunk, index: number, reason: HouseholdEnding['reason']): HouseholdEnding {
  const household = chunk.households[index];
  if (household === undefined) throw new Error('the chunk has no such household');
  const { applicant, programme, verificationType, region } = household;
  const { chunkId, batchId, asOf } = chunk;
  return { chunkId, batchId, index, reason, asOf, applicant, programme, verificationType, region };
}

export function endingEvent(ending: HouseholdEnding): Buffer {
  return encodeEvent({
    id: `ending:${ending.chunkId}:${ending.index}`,
    type: 'verification.ended',
    schemaVersion: SCHEMA_VERSION,
    producedBy: 'test',
    occurredAt: 0,
    correlationId: 'c' as CorrelationId,
    payload: householdEndingPayload(ending),
  });
}

/** Values as one batch of a partition of the reports topic. */
export function batchOf(values: readonly Buffer[], from = 0n, topic: string = TOPICS.reports.name): LogBatch {
  const messages = values.map((value, i) => ({
    offset: from + BigInt(i),
    key: Buffer.from('k'),
    value,
    timestamp: 0,
  }));
  return { topic, partition: 0, generation: 'g1', from, next: from + BigInt(values.length), messages };
}
