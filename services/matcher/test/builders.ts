import {
  type Area,
  asKey,
  type BatchId,
  type ChunkId,
  type ChunkPurpose,
  type CorrelationId,
  type Day,
  type EventType,
  encodeEvent,
  type Fen,
  type LoadMarker,
  markerKey,
  type NameKey,
  type PersonKey,
  type PolicyRef,
  parseDay,
  parseMonth,
  partitionOfId,
  partitionOfPerson,
  type RecordTypeName,
  type RequestChunk,
  type RequestHousehold,
  recordTopic,
  requestChunkPayload,
  SCHEMA_VERSION,
  type Slice,
  type SliceRecord,
  slicePayload,
  TOPICS,
} from '@hedui/contracts';
import type { LogBatch, LogMessage, OutgoingMessage } from '@hedui/event-log';

/** Invented keys: the number in every byte, so that different numbers are different persons in different partitions. */
export const person = (n: number): PersonKey => asKey<PersonKey>(n.toString(16).padStart(8, '0').repeat(4));
export const nameKey = (n: number): NameKey => asKey<NameKey>((0x4e000000 + n).toString(16).repeat(4));
export const day = (text: string): Day => parseDay(text) ?? fail(text);
export const month = (text: string): number => parseMonth(text) ?? fail(text);
export const fen = (yuan: number): Fen => (yuan * 100) as Fen;

function fail(text: string): never {
  throw new Error(`not a date: ${text}`);
}

export function event(type: EventType, id: string, payload: unknown): Buffer {
  return encodeEvent({
    id,
    type,
    schemaVersion: SCHEMA_VERSION,
    producedBy: 'test',
    occurredAt: 0,
    correlationId: `c-${id}` as CorrelationId,
    payload,
  });
}

export interface SliceOf {
  person: PersonKey;
  source: string;
  type: RecordTypeName;
  counter: number;
  epoch?: number;
  names?: NameKey[];
  records?: SliceRecord[];
}

export function sliceMessage(of: SliceOf): OutgoingMessage {
  const slice: Slice = {
    source: of.source,
    recordType: of.type,
    epoch: of.epoch ?? 1,
    counter: of.counter,
    names: of.names ?? [nameKey(1)],
    records: of.records ?? [],
  };
  return {
    topic: recordTopic(of.source, of.type).name,
    partition: partitionOfPerson(of.person),
    key: Buffer.from(of.person, 'hex'),
    value: event('record.slice', `slice-${of.type}-${of.counter}`, slicePayload(slice)),
  };
}

export function load(over: Partial<LoadMarker> & Pick<LoadMarker, 'source' | 'recordType' | 'seq'>): LoadMarker {
  return {
    loadId: `${over.source}-${over.recordType}-${over.seq}`,
    scope: '520100',
    asOf: day('2026-11-10'),
    mode: 'full',
    epoch: 1,
    firstFullSeq: over.seq,
    ...over,
  };
}

export function markerMessage(
  phase: 'load.begin' | 'load.complete',
  marker: LoadMarker,
  partition: number,
): OutgoingMessage {
  return {
    topic: recordTopic(marker.source, marker.recordType).name,
    partition,
    key: markerKey(phase, marker.scope),
    value: event(phase, `${phase}-${marker.loadId}`, marker),
  };
}

export function markerEverywhere(phase: 'load.begin' | 'load.complete', marker: LoadMarker): OutgoingMessage[] {
  return Array.from({ length: 8 }, (_, partition) => markerMessage(phase, marker, partition));
}

export function household(
  over: Partial<RequestHousehold> & { applicant: PersonKey; name?: NameKey },
): RequestHousehold {
  const { applicant, name, ...rest } = over;
  return {
    index: 0,
    programme: 'urban_dibao',
    verificationType: 'new_application',
    region: '520102',
    area: 'urban' satisfies Area,
    ownBenefit: null,
    persons: [
      {
        relation: 'applicant',
        person: applicant,
        name: name ?? nameKey(1),
        maritalStatus: null,
        declared: [fen(0), fen(0), fen(0), fen(0), fen(0)],
        rigidExpenditure: 0 as Fen,
        householdSize: 1,
        supportedPersons: 1,
        agreedSupport: null,
      },
    ],
    ...rest,
  };
}

export function requestMessage(
  topic: 'requests' | 'requestsOnline',
  chunkId: string,
  policy: PolicyRef,
  households: RequestHousehold[],
  purpose: ChunkPurpose = 'verification',
): OutgoingMessage {
  const chunk: RequestChunk = {
    chunkId: chunkId as ChunkId,
    batchId: topic === 'requests' ? ('batch-1' as BatchId) : null,
    asOf: day('2026-11-15'),
    policy,
    purpose,
    households,
  };
  return {
    topic: TOPICS[topic].name,
    partition: partitionOfId(chunkId),
    key: Buffer.from(chunkId),
    value: event('verification.requested', chunkId, requestChunkPayload(chunk)),
  };
}

/** Messages as a batch of their partition, from an offset on. */
export function batchOf(messages: readonly OutgoingMessage[], from = 0n): LogBatch {
  const [first] = messages;
  const { topic, partition } = first ?? { topic: '', partition: 0 };
  const read = messages.map(
    (message, i): LogMessage => ({
      offset: from + BigInt(i),
      key: Buffer.from(message.key),
      value: Buffer.from(message.value),
      timestamp: 0,
    }),
  );
  return { topic, partition, generation: 'g1', from, next: from + BigInt(read.length), messages: read };
}
