import {
  type CorrelationId,
  encodeEvent,
  monthOf,
  type NameKey,
  PackWriter,
  type PersonKey,
  pack,
  packBasis,
  packedArray,
  partitionOfId,
  type ReportChunk,
  type ReportedHousehold,
  type RequestChunk,
  type RequestHousehold,
  type RequestPerson,
  reportPayload,
  requestChunkPayload,
  SCHEMA_VERSION,
  squeezeAside,
  type TopicSpec,
  writeFacts,
  writeReported,
} from '@hedui/contracts';
import type { OutgoingMessage } from '@hedui/event-log';
import {
  assess,
  caseOf,
  ENGINE_VERSION,
  HouseholdNotAssessable,
  NO_FACTS,
  type PersonFacts,
  type Policy,
  WINDOW_MONTHS,
} from '@hedui/means-test';
import type { Profiles } from '../db/profiles.js';
import type { CoverageView } from './coverage-view.js';
import { factsUnderName } from './person-facts.js';

/** What a chunk is assessed from: one snapshot of the profiles and of the coverage. */
export interface Snapshot {
  profiles: Profiles;
  coverage: CoverageView;
}

/** A report chunk whose households and basis are packed, and not yet squeezed. */
export interface PackedReport extends Omit<ReportChunk, 'households' | 'basis'> {
  households: Buffer;
  basis: Buffer | null;
}

export interface AssessedChunk {
  report: PackedReport;
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
  const poison: AssessedChunk['poison'] = [];
  let answered = 0;
  toReports.backTo(0);
  const facts = factsReader(chunk, snapshot);
  for (const household of chunk.households) {
    try {
      // Packed at once: what a thousand assessments are made of would outlive the young generation and cost more to collect than to make.
      writeReported(toReports, assessHousehold(chunk, household, policy, facts, snapshot.coverage));
      answered++;
    } catch (error) {
      const code = error instanceof HouseholdNotAssessable ? error.code : 'BAD_PAYLOAD';
      const value = pack(requestChunkPayload({ ...chunk, households: [household] }));
      poison.push({ index: household.index, reason: `HOUSEHOLD_NOT_ASSESSABLE: ${code}`, value });
    }
  }
  const { chunkId, batchId, asOf, purpose } = chunk;
  const coverage = () => snapshot.coverage.basis(chunk.households.map(({ region }) => region));
  const basis = purpose === 'replay' ? null : packBasis(coverage(), facts.packed());
  const households = toReports.takeArray(answered);
  const engineVersion = ENGINE_VERSION;
  return {
    report: { chunkId, batchId, asOf, policy: chunk.policy, engineVersion, assessedAt, purpose, basis, households },
    poison,
  };
}

/** What is under way is written here, one chunk at a time: assessing it waits for nothing. */
const toReports = new PackWriter();
const toFacts = new PackWriter();

/** Reads the facts of each person once, and keeps them packed for the basis. */
interface FactsReader {
  of(person: RequestPerson): PersonFacts;
  /** An array by place (placesOf); null for those of whom nothing is known, and for those whom no household could be assessed with. */
  packed(): Buffer;
}

interface KnownPerson {
  name: NameKey;
  /** In how many households this person still comes. */
  left: number;
  /** Kept while the person comes again. */
  facts: PersonFacts | null;
  /** Where the packed facts stand; equal: nowhere. */
  from: number;
  to: number;
  /** The same person under another name. */
  next: KnownPerson | null;
}

function factsReader(chunk: RequestChunk, { profiles }: Snapshot): FactsReader {
  const known = new Map<PersonKey, KnownPerson>();
  const everybody: KnownPerson[] = [];
  const end = monthOf(chunk.asOf);
  const window = { from: end - WINDOW_MONTHS, to: end };
  toFacts.backTo(0);
  // Places are given in the order of placesOf, whether the facts are read or not.
  for (const { persons } of chunk.households) {
    for (const { person, name } of persons) {
      const first = known.get(person);
      const again = first === undefined ? null : underName(first, name);
      if (again !== null) {
        again.left++;
        continue;
      }
      const one = { name, left: 1, facts: null, from: 0, to: 0, next: first ?? null };
      known.set(person, one);
      everybody.push(one);
    }
  }
  const read = (one: KnownPerson, person: PersonKey): PersonFacts => {
    const facts = factsUnderName(profiles.get(person), one.name, window);
    one.from = toFacts.length;
    writeFacts(toFacts, facts === NO_FACTS ? null : facts);
    one.to = toFacts.length;
    return facts;
  };
  return {
    packed: () => packedByPlace(everybody),
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

const NOTHING = pack(null);

/** Nearly always everybody was read, in the order of the places, and what was written is what is wanted. */
function packedByPlace(everybody: readonly KnownPerson[]): Buffer {
  let at = 0;
  const inOrder = everybody.every(({ from, to }) => {
    const next = from === at && to > from;
    at = to;
    return next;
  });
  if (inOrder) return toFacts.takeArray(everybody.length);
  return packedArray(everybody.map(({ from, to }) => (to > from ? toFacts.part(from, to) : NOTHING)));
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
function reportMessage(
  topic: TopicSpec,
  report: Omit<ReportChunk, 'households'>,
  households: Buffer,
  correlationId: CorrelationId,
): OutgoingMessage {
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
      payload: reportPayload(report, households),
    }),
  };
}

/** What the log adds to a message. */
const OVERHEAD_BYTES = 4096;

/**
 * The report as a message, squeezed beside this thread. Households that hold so many records that the basis does not fit get their reports
 * without it: they cannot be replayed then, which the report's reader is told. Null when even that does not fit.
 */
export async function answerThatFits(
  topic: TopicSpec,
  report: PackedReport,
  correlationId: CorrelationId,
): Promise<{ message: OutgoingMessage; withBasis: boolean } | null> {
  const fits = ({ value }: OutgoingMessage) => value.length + OVERHEAD_BYTES <= topic.maxMessageBytes;
  const [households, basis] = await Promise.all([
    squeezeAside(report.households),
    report.basis && squeezeAside(report.basis),
  ]);
  const whole = reportMessage(topic, { ...report, basis }, households, correlationId);
  if (fits(whole)) return { message: whole, withBasis: basis !== null };
  const bare = reportMessage(topic, { ...report, basis: null }, households, correlationId);
  return fits(bare) ? { message: bare, withBasis: false } : null;
}
