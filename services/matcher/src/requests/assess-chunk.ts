import { setImmediate as yieldToOthers } from 'node:timers/promises';
import {
  type CorrelationId,
  encodeEvent,
  PackWriter,
  type PersonKey,
  pack,
  packBasis,
  partitionOfId,
  type ReportChunk,
  type ReportedHousehold,
  type RequestChunk,
  type RequestHousehold,
  reportPayload,
  requestChunkPayload,
  SCHEMA_VERSION,
  squeezeAside,
  type TopicSpec,
  writeReported,
} from '@hedui/contracts';
import type { OutgoingMessage } from '@hedui/event-log';
import { assess, caseOf, ENGINE_VERSION, HouseholdNotAssessable, type Policy } from '@hedui/means-test';
import type { Profiles } from '../profiles/packed.js';
import { type FactsReader, factsReader } from './chunk-facts.js';
import type { CoverageView } from './coverage-view.js';

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

/** Households in one turn of the event loop: a millisecond, in which nobody else is served, a single check neither. */
const IN_ONE_TURN = 25;

/** Chunks that are assessed at the same time take turns: else each turn would be as long as all of theirs. */
let turn: Promise<void> = Promise.resolve();
function nextTurn(): Promise<void> {
  turn = turn.then(() => yieldToOthers());
  return turn;
}

/**
 * Assesses every household of a chunk, on exactly what the report's basis keeps. A household that cannot be assessed does not keep
 * the others from it. A replay keeps no basis: it is no report. Others have their turn in between.
 */
export async function assessChunk(
  chunk: RequestChunk,
  policy: Policy,
  snapshot: Snapshot,
  assessedAt: number,
): Promise<AssessedChunk> {
  const desk = desks.pop() ?? { reports: new PackWriter(), facts: new PackWriter() };
  try {
    return await assessAt(desk, chunk, policy, snapshot, assessedAt);
  } finally {
    desks.push(desk);
  }
}

/** What is under way is written here: one for each chunk that is being assessed, kept for the next because they have grown to its size. */
interface Desk {
  reports: PackWriter;
  facts: PackWriter;
}
const desks: Desk[] = [];

async function assessAt(
  desk: Desk,
  chunk: RequestChunk,
  policy: Policy,
  snapshot: Snapshot,
  assessedAt: number,
): Promise<AssessedChunk> {
  const poison: AssessedChunk['poison'] = [];
  let answered = 0;
  desk.reports.backTo(0);
  const facts = factsReader(desk.facts, chunk, snapshot.profiles);
  for (const [at, household] of chunk.households.entries()) {
    if (at > 0 && at % IN_ONE_TURN === 0) await nextTurn();
    try {
      // Packed at once: what a thousand assessments are made of would outlive the young generation and cost more to collect than to make.
      writeReported(desk.reports, assessHousehold(chunk, household, policy, facts, snapshot.coverage));
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
  const households = desk.reports.takeArray(answered);
  const engineVersion = ENGINE_VERSION;
  return {
    report: { chunkId, batchId, asOf, policy: chunk.policy, engineVersion, assessedAt, purpose, basis, households },
    poison,
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
