import {
  type BasisFacts,
  type CorrelationId,
  encodeBasis,
  encodeEvent,
  monthOf,
  type PersonKey,
  pack,
  partitionOfId,
  placesOf,
  type ReportChunk,
  type ReportedHousehold,
  type RequestChunk,
  type RequestHousehold,
  type RequestPerson,
  reportChunkPayload,
  requestChunkPayload,
  SCHEMA_VERSION,
  type TopicSpec,
} from '@hedui/contracts';
import type { OutgoingMessage } from '@hedui/event-log';
import {
  assess,
  caseOf,
  ENGINE_VERSION,
  factsInWindow,
  HouseholdNotAssessable,
  NO_FACTS,
  type PersonFacts,
  type Policy,
} from '@hedui/means-test';
import type { ProfileRow } from '../db/profiles.js';
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

/**
 * Assesses every household of a chunk, on exactly what the report's basis keeps. A household that cannot be assessed does not keep
 * the others from it. A replay keeps no basis: it is no report.
 */
export function assessChunk(
  chunk: RequestChunk,
  policy: Policy,
  snapshot: Snapshot,
  assessedAt: number,
): AssessedChunk {
  const households: ReportedHousehold[] = [];
  const poison: AssessedChunk['poison'] = [];
  const facts = factsReader(chunk, snapshot);
  for (const household of chunk.households) {
    try {
      households.push(assessHousehold(chunk, household, policy, facts, snapshot.coverage));
    } catch (error) {
      const code = error instanceof HouseholdNotAssessable ? error.code : 'BAD_PAYLOAD';
      const value = pack(requestChunkPayload({ ...chunk, households: [household] }));
      poison.push({ index: household.index, reason: `HOUSEHOLD_NOT_ASSESSABLE: ${code}`, value });
    }
  }
  const { chunkId, batchId, asOf, purpose } = chunk;
  const coverage = () => snapshot.coverage.basis(chunk.households.map(({ region }) => region));
  const basis = purpose === 'replay' ? null : encodeBasis({ facts: facts.read, ...coverage() });
  const engineVersion = ENGINE_VERSION;
  return {
    report: { chunkId, batchId, asOf, policy: chunk.policy, engineVersion, assessedAt, purpose, basis, households },
    poison,
  };
}

/** Reads the facts of each person once, and keeps what was read for the basis. */
interface FactsReader {
  of(person: RequestPerson): PersonFacts;
  /** By place; null for those of whom nothing is known. */
  readonly read: readonly (BasisFacts | null)[];
}

function factsReader(chunk: RequestChunk, { profiles }: Snapshot): FactsReader {
  const places = placesOf(chunk.households);
  const read = new Array<BasisFacts | null>(places.size).fill(null);
  const end = monthOf(chunk.asOf);
  return {
    read,
    of({ person, name }) {
      const profile = profiles.get(person);
      if (profile === undefined) return NO_FACTS;
      const place = places.of(person, name);
      const facts = read[place] ?? factsInWindow(factsUnderName(profile, name), end);
      read[place] = facts;
      return facts;
    },
  };
}

function assessHousehold(
  chunk: RequestChunk,
  household: RequestHousehold,
  policy: Policy,
  facts: FactsReader,
  coverage: CoverageView,
): ReportedHousehold {
  const { index, programme, verificationType, region, area, persons } = household;
  const applicant = persons.find((person) => person.relation === 'applicant');
  if (applicant === undefined) throw new HouseholdNotAssessable('APPLICANT_COUNT');
  const assessment = assess(
    policy,
    caseOf(household, chunk.asOf),
    persons.map(facts.of),
    coverage.sources(policy, chunk.policy, region, chunk.asOf),
  );
  return { index, applicant: applicant.person, programme, verificationType, region, area, assessment };
}

/** The report chunk as a message; its id comes from the chunk's, so that working twice gives one event. */
function reportMessage(topic: TopicSpec, report: ReportChunk, correlationId: CorrelationId): OutgoingMessage {
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

/** What the log adds to a message. */
const OVERHEAD_BYTES = 4096;

/**
 * The report as a message. Households that hold so many records that the basis does not fit get their reports without it: they
 * cannot be replayed then, which the report's reader is told. Null when even that does not fit.
 */
export function answerThatFits(
  topic: TopicSpec,
  report: ReportChunk,
  correlationId: CorrelationId,
): { message: OutgoingMessage; withBasis: boolean } | null {
  const fits = ({ value }: OutgoingMessage) => value.length + OVERHEAD_BYTES <= topic.maxMessageBytes;
  const whole = reportMessage(topic, report, correlationId);
  if (fits(whole)) return { message: whole, withBasis: report.basis !== null };
  const bare = reportMessage(topic, { ...report, basis: null }, correlationId);
  return fits(bare) ? { message: bare, withBasis: false } : null;
}
