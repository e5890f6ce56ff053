import {
  type CorrelationId,
  encodeEvent,
  type PersonKey,
  pack,
  partitionOfId,
  type ReportChunk,
  type ReportedHousehold,
  type RequestChunk,
  type RequestHousehold,
  reportChunkPayload,
  requestChunkPayload,
  SCHEMA_VERSION,
  type TopicSpec,
} from '@hedui/contracts';
import type { OutgoingMessage } from '@hedui/event-log';
import { assess, HouseholdNotAssessable, type Policy } from '@hedui/means-test';
import type { ProfileRow } from '../db/profiles.js';
import { ENGINE_VERSION } from '../engine.js';
import { factsUnderName } from '../records/fold.js';
import type { CoverageView } from './coverage-view.js';

/** What a chunk is assessed from: one snapshot of the profiles and of the coverage. */
export interface Snapshot {
  profiles: ReadonlyMap<PersonKey, ProfileRow>;
  coverage: CoverageView;
}

export interface AssessedChunk {
  report: ReportChunk;
  /** Households that cannot be assessed: each alone as a request chunk, for the dead letters. */
  poison: { index: number; reason: string; value: Buffer }[];
}

/** The distinct persons of some chunks. */
export function personsOf(chunks: readonly RequestChunk[]): Set<PersonKey> {
  const persons = new Set<PersonKey>();
  for (const chunk of chunks) {
    for (const household of chunk.households) for (const { person } of household.persons) persons.add(person);
  }
  return persons;
}

/** Assesses every household of a chunk. A household that cannot be assessed does not keep the others from it. */
export function assessChunk(
  chunk: RequestChunk,
  policy: Policy,
  snapshot: Snapshot,
  assessedAt: number,
): AssessedChunk {
  const households: ReportedHousehold[] = [];
  const poison: AssessedChunk['poison'] = [];
  for (const household of chunk.households) {
    try {
      households.push(assessHousehold(chunk, household, policy, snapshot));
    } catch (error) {
      const code = error instanceof HouseholdNotAssessable ? error.code : 'BAD_PAYLOAD';
      const value = pack(requestChunkPayload({ ...chunk, households: [household] }));
      poison.push({ index: household.index, reason: `HOUSEHOLD_NOT_ASSESSABLE: ${code}`, value });
    }
  }
  const { chunkId, batchId, asOf } = chunk;
  return {
    report: { chunkId, batchId, asOf, policy: chunk.policy, engineVersion: ENGINE_VERSION, assessedAt, households },
    poison,
  };
}

function assessHousehold(
  chunk: RequestChunk,
  household: RequestHousehold,
  policy: Policy,
  { profiles, coverage }: Snapshot,
): ReportedHousehold {
  const { index, programme, verificationType, region, area, persons } = household;
  const applicant = persons.find((person) => person.relation === 'applicant');
  if (applicant === undefined) throw new HouseholdNotAssessable('APPLICANT_COUNT');
  const facts = persons.map((person) => factsUnderName(profiles.get(person.person), person.name));
  const assessment = assess(
    policy,
    { programme, verificationType, region, area, asOf: chunk.asOf, ownBenefit: household.ownBenefit, persons },
    facts,
    coverage.sources(policy, chunk.policy, region, chunk.asOf),
  );
  return { index, applicant: applicant.person, programme, verificationType, region, area, assessment };
}

/** The report chunk as a message; its id comes from the chunk's, so that working twice gives one event. */
export function reportMessage(topic: TopicSpec, report: ReportChunk, correlationId: CorrelationId): OutgoingMessage {
  return {
    topic: topic.name,
    partition: partitionOfId(report.chunkId),
    key: Buffer.from(report.chunkId),
    value: encodeEvent({
      id: `report:${report.chunkId}`,
      type: 'verification.reported',
      schemaVersion: SCHEMA_VERSION,
      producedBy: 'matcher',
      occurredAt: report.assessedAt,
      correlationId,
      payload: reportChunkPayload(report),
    }),
  };
}
