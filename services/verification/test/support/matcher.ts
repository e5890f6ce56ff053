import {
  type Assessment,
  type CorrelationId,
  decodeEvent,
  encodeBasis,
  encodeEvent,
  type Fen,
  partitionOfId,
  placesOf,
  type RequestChunk,
  type RequestHousehold,
  readRequestChunk,
  reportChunkPayload,
  SCHEMA_VERSION,
  TOPICS,
} from '@hedui/contracts';
import type { EventLog, LogConsumer, LogMessage } from '@hedui/event-log';

/** What the pretended matcher gives for every household. */
export function cannedAssessment(household: RequestHousehold): Assessment {
  const zero = { declared: 0 as Fen, verified: 0 as Fen, assessed: 0 as Fen };
  const declared = household.persons[0]?.declared[0] ?? (0 as Fen);
  const wage = { declared, verified: 0 as Fen, assessed: declared };
  return {
    conclusion: 'needs_review',
    tier: 'dibao',
    countedMembers: household.persons.length,
    standardMonthly: 73500 as Fen,
    annualIncome: declared,
    income: [{ member: 1, wage, operating: zero, property: zero, transfer: zero, other: zero, deduction: 0 as Fen }],
    support: [],
    findings: [
      {
        code: 'VEHICLE_OWNED',
        effect: 'review',
        member: 1,
        source: 'vehicle',
        recordId: 'V-17',
        detail: { plateType: '02' },
      },
    ],
    sources: [
      { source: 'vehicle', state: 'no_reply', asOf: null, loading: true },
      { source: 'tax', state: 'answered', asOf: 20_000 as Assessment['sources'][number]['asOf'], loading: false },
    ],
  };
}

/** What the pretended matcher knows: nobody has any record. */
function basisOf(chunk: RequestChunk): Buffer {
  const facts = Array.from({ length: placesOf(chunk.households).size }, () => null);
  return encodeBasis({ facts, coverage: [], loading: [] });
}

/** The report that answers a chunk. */
export function reportEvent(chunk: RequestChunk, assess = cannedAssessment): Buffer {
  return encodeEvent({
    id: `report-${chunk.chunkId}`,
    type: 'verification.reported',
    schemaVersion: SCHEMA_VERSION,
    producedBy: 'matcher',
    occurredAt: Date.now(),
    correlationId: 'test' as CorrelationId,
    payload: reportChunkPayload({
      chunkId: chunk.chunkId,
      batchId: chunk.batchId,
      asOf: chunk.asOf,
      policy: chunk.policy,
      engineVersion: 'test',
      assessedAt: Date.now(),
      purpose: chunk.purpose,
      basis: chunk.purpose === 'replay' ? null : basisOf(chunk),
      households: chunk.households.map((household) => ({
        index: household.index,
        applicant: household.persons[0]?.person ?? ('0'.repeat(32) as RequestHousehold['persons'][number]['person']),
        programme: household.programme,
        verificationType: household.verificationType,
        region: household.region,
        area: household.area,
        assessment: assess(household),
      })),
    }),
  });
}

export interface PretendedMatcher {
  /** Every chunk that was read, repeats included. */
  readonly seen: RequestChunk[];
  /** While false, chunks are read and kept; `answerKept` answers them. */
  answering: boolean;
  answerKept(): Promise<void>;
  /** Answers one chunk, again if it was answered before. */
  answer(chunk: RequestChunk): Promise<void>;
  close(): Promise<void>;
}

const isOnline = (chunk: RequestChunk) => chunk.batchId === null;

export async function startMatcher(log: EventLog, assess = cannedAssessment): Promise<PretendedMatcher> {
  let kept: RequestChunk[] = [];
  const seen: RequestChunk[] = [];
  async function answer(chunk: RequestChunk): Promise<void> {
    const topic = isOnline(chunk) ? TOPICS.reportsOnline.name : TOPICS.reports.name;
    const partition = partitionOfId(chunk.chunkId);
    await log.publish([{ topic, partition, key: Buffer.from(chunk.chunkId), value: reportEvent(chunk, assess) }]);
  }
  const read = (message: LogMessage) => readRequestChunk(decodeEvent(message.value).payload);
  const consumer: LogConsumer = await log.consume({
    group: 'matcher',
    topics: [TOPICS.requests.name, TOPICS.requestsOnline.name],
    positions: async () => [],
    handler: async (batch) => {
      for (const message of batch.messages) {
        const chunk = read(message);
        seen.push(chunk);
        if (matcher.answering) await answer(chunk);
        else kept.push(chunk);
      }
    },
  });
  const matcher: PretendedMatcher = {
    seen,
    answering: true,
    answer,
    async answerKept() {
      const chunks = kept;
      kept = [];
      for (const chunk of chunks) await answer(chunk);
    },
    close: () => consumer.close(),
  };
  return matcher;
}
