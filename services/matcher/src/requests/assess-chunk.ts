import {
  type CorrelationId,
  encodeEvent,
  encodePackedBasis,
  monthOf,
  type NameKey,
  type PackedReportChunk,
  type PersonKey,
  pack,
  packedReportPayload,
  packFacts,
  packReported,
  partitionOfId,
  type ReportedHousehold,
  type RequestChunk,
  type RequestHousehold,
  type RequestPerson,
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
import type { Profiles } from '../db/profiles.js';
import { factsUnderName } from '../records/fold.js';
import type { CoverageView } from './coverage-view.js';

/** What a chunk is assessed from: one snapshot of the profiles and of the coverage. */
export interface Snapshot {
  profiles: Profiles;
  coverage: CoverageView;
}

export interface AssessedChunk {
  report: PackedReportChunk;
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
  const households: Buffer[] = [];
  const poison: AssessedChunk['poison'] = [];
  const facts = factsReader(chunk, snapshot);
  for (const household of chunk.households) {
    try {
      // Packed at once: what a thousand assessments are made of would outlive the young generation and cost more to collect than to make.
      households.push(packReported(assessHousehold(chunk, household, policy, facts, snapshot.coverage)));
    } catch (error) {
      const code = error instanceof HouseholdNotAssessable ? error.code : 'BAD_PAYLOAD';
      const value = pack(requestChunkPayload({ ...chunk, households: [household] }));
      poison.push({ index: household.index, reason: `HOUSEHOLD_NOT_ASSESSABLE: ${code}`, value });
    }
  }
  const { chunkId, batchId, asOf, purpose } = chunk;
  const coverage = () => snapshot.coverage.basis(chunk.households.map(({ region }) => region));
  const basis = purpose === 'replay' ? null : encodePackedBasis({ facts: facts.packed(), ...coverage() });
  const engineVersion = ENGINE_VERSION;
  return {
    report: { chunkId, batchId, asOf, policy: chunk.policy, engineVersion, assessedAt, purpose, basis, households },
    poison,
  };
}

/** Reads the facts of each person once, and keeps them packed for the basis. */
interface FactsReader {
  of(person: RequestPerson): PersonFacts;
  /** By place (placesOf); null for those of whom nothing is known, and for those whom no household could be assessed with. */
  packed(): (Buffer | null)[];
}

interface KnownPerson {
  name: NameKey;
  /** In how many households this person still comes. */
  left: number;
  /** Kept while the person comes again. */
  facts: PersonFacts | null;
  packed: Buffer | null;
  /** The same person under another name. */
  next: KnownPerson | null;
}

function factsReader(chunk: RequestChunk, { profiles }: Snapshot): FactsReader {
  const known = new Map<PersonKey, KnownPerson>();
  const everybody: KnownPerson[] = [];
  const end = monthOf(chunk.asOf);
  // Places are given in the order of placesOf, whether the facts are read or not.
  for (const { persons } of chunk.households) {
    for (const { person, name } of persons) {
      const first = known.get(person);
      const again = first === undefined ? null : underName(first, name);
      if (again !== null) {
        again.left++;
        continue;
      }
      const one = { name, left: 1, facts: null, packed: null, next: first ?? null };
      known.set(person, one);
      everybody.push(one);
    }
  }
  const read = (one: KnownPerson, person: PersonKey): PersonFacts => {
    const profile = profiles.get(person);
    if (profile === undefined) return NO_FACTS;
    const facts = factsInWindow(factsUnderName(profile, one.name), end);
    one.packed = packFacts(facts);
    return facts;
  };
  return {
    packed: () => everybody.map((one) => one.packed),
    of({ person, name }) {
      const first = known.get(person);
      const one = first === undefined ? null : underName(first, name);
      if (one === null) throw new RangeError('a person who is not in the chunk');
      const facts = one.facts ?? read(one, person);
      one.left--;
      one.facts = one.left > 0 ? facts : null;
      return facts;
    },
  };
}

function underName(first: KnownPerson, name: NameKey): KnownPerson | null {
  for (let one: KnownPerson | null = first; one !== null; one = one.next) if (one.name === name) return one;
  return null;
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
function reportMessage(topic: TopicSpec, report: PackedReportChunk, correlationId: CorrelationId): OutgoingMessage {
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
      payload: packedReportPayload(report),
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
  report: PackedReportChunk,
  correlationId: CorrelationId,
): { message: OutgoingMessage; withBasis: boolean } | null {
  const fits = ({ value }: OutgoingMessage) => value.length + OVERHEAD_BYTES <= topic.maxMessageBytes;
  const whole = reportMessage(topic, report, correlationId);
  if (fits(whole)) return { message: whole, withBasis: report.basis !== null };
  const bare = reportMessage(topic, { ...report, basis: null }, correlationId);
  return fits(bare) ? { message: bare, withBasis: false } : null;
}
