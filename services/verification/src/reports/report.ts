import {
  type Assessment,
  type BatchId,
  type CategoryIncome,
  type ChunkId,
  decodeEvent,
  formatDay,
  formatYuan,
  type MemberIncome,
  type Report,
  type ReportChunk,
  type ReportedHousehold,
  type RequestHousehold,
  readReportChunk,
  reportDigest,
  SOURCES,
  type SourceState,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { maskIdNumber, maskName } from '@hedui/identity-numbers';
import { perCapitaMonthly } from '@hedui/means-test';
import { openDataKey, type Pseudonyms, SealError, type Sealer } from '@hedui/privacy';
import { type CallerReach, householdInReach } from '../access/reach.js';
import { findReportParts, type HouseholdParts, type ReportParts } from '../db/reports.js';
import type { Deps } from '../deps.js';
import { readReportNo, reportNoOf } from '../identifiers.js';
import { type NamedHousehold, openNamed } from '../intake/named-chunk.js';
import { decodeRequest } from '../intake/pack-chunk.js';
import { type ClearTexts, clearTexts } from './clear-texts.js';

/** A chunk whose report is there and whose households can be named. */
export interface OpenedChunk {
  chunkId: ChunkId;
  batchId: BatchId | null;
  report: ReportChunk;
  /** The households as they were asked about, in the order of their places; those that had ended before were not. */
  asked: RequestHousehold[];
  named: NamedHousehold[];
  clear: ClearTexts;
}

/** Opens a chunk with its report; null while there is none. Throws SealError when its key was destroyed. */
export function openChunk(parts: ReportParts, ring: Sealer, pseudonyms: Pseudonyms): OpenedChunk | null {
  const { chunkId, batchId, event, dataKey } = parts;
  if (event === null) return null;
  if (dataKey === null) throw new SealError('the key of this batch was destroyed');
  const { sealer } = openDataKey(ring, dataKey, batchId ?? chunkId);
  const report = readReportChunk(decodeEvent(event).payload);
  const reported = new Set(report.households.map(({ index }) => index));
  return {
    chunkId,
    batchId,
    report,
    asked: decodeRequest(parts.request).filter(({ index }) => reported.has(index)),
    named: openNamed(parts.named, sealer, chunkId),
    clear: clearTexts(pseudonyms),
  };
}

/**
 * What stands behind a report number, read as the caller may read it. Throws HeduiError NOT_FOUND when there is no such household within
 * reach, or nobody will make its report; AUTHORISATION_WITHDRAWN or AUTHORISATION_ENDED when its authorisation ended, HOUSEHOLD_DROPPED when it was
 * given up.
 */
export async function findParts(
  reportNo: string,
  { reachable, read }: CallerReach,
): Promise<{ at: { chunkId: ChunkId; place: number }; parts: HouseholdParts }> {
  const at = readReportNo(reportNo);
  const found = at && (await read((db) => findReportParts(db, at.chunkId, at.place)));
  const parts = householdInReach(found, reachable);
  if (parts.erased) throw new HeduiError('REPORT_ERASED');
  if (parts.ended === 'withdrawn') throw new HeduiError('AUTHORISATION_WITHDRAWN');
  if (parts.ended === 'dropped') throw new HeduiError('HOUSEHOLD_DROPPED');
  if (parts.ended !== null) throw new HeduiError('AUTHORISATION_ENDED');
  if (at === null || parts.state === 'dropped') throw new HeduiError('NOT_FOUND');
  return { at, parts };
}

/**
 * Finds a report by its number; says where its household is while it is still being made. Throws HeduiError NOT_FOUND when there is
 * no such report and nobody will make it.
 */
export async function findReport(
  { ring, pseudonyms }: Pick<Deps, 'ring' | 'pseudonyms'>,
  reportNo: string,
  reach: CallerReach,
  show: PersonsShown = maskedPersons,
): Promise<{ report: Report; chunkId: ChunkId; index: number } | { chunkId: ChunkId; place: number }> {
  const { at, parts } = await findParts(reportNo, reach);
  const chunk = openChunk(parts, ring, pseudonyms);
  if (chunk === null) return { chunkId: parts.chunkId, place: at.place };
  const report = reportAt(chunk, at.place, show);
  if (report === null) throw new HeduiError('NOT_FOUND');
  return { report, chunkId: parts.chunkId, index: at.place };
}

/** The report of the household at `place`; null when the chunk has none there. */
export function reportAt(chunk: OpenedChunk, place: number, show: PersonsShown = maskedPersons): Report | null {
  const household = chunk.report.households.find((h) => h.index === place);
  return household ? reportOf(chunk, household, show) : null;
}

/** The reports of the households at `places`, in the order of the file. */
export function* reportsOf(
  chunk: OpenedChunk,
  places: ReadonlySet<number>,
): Generator<{ place: number; report: Report }> {
  const shown = chunk.report.households.filter((h) => places.has(h.index)).sort((a, b) => a.index - b.index);
  for (const household of shown) {
    yield { place: household.index, report: reportOf(chunk, household, maskedPersons) };
  }
}

function reportOf(chunk: OpenedChunk, household: ReportedHousehold, show: PersonsShown): Report {
  const { report } = chunk;
  const { assessment, index } = household;
  const perCapita = perCapitaMonthly(assessment);
  return {
    reportNo: reportNoOf(chunk.chunkId, index),
    batchId: chunk.batchId,
    householdRef: namedAt(chunk, index).ref,
    programme: household.programme,
    verificationType: household.verificationType,
    region: household.region,
    area: household.area,
    asOf: formatDay(report.asOf),
    issuedAt: new Date(report.assessedAt).toISOString(),
    policy: report.policy,
    digest: digestAt(chunk, index, assessment),
    conclusion: assessment.conclusion,
    tier: assessment.tier,
    countedMembers: assessment.countedMembers,
    standardMonthly: formatYuan(assessment.standardMonthly),
    annualIncome: formatYuan(assessment.annualIncome),
    perCapitaMonthly: perCapita === null ? null : formatYuan(perCapita),
    income: assessment.income.map(incomeOf),
    support: assessment.support.map((s) => ({ ...s, amount: formatYuan(s.amount) })),
    findings: chunk.clear(assessment.findings),
    sources: inRegistryOrder(assessment.sources).map(sourceOf),
    persons: show(chunk, index),
  };
}

/** Who the household at `place` is. */
export function namedAt(chunk: OpenedChunk, place: number): NamedHousehold {
  const named = chunk.named[place];
  if (named === undefined) throw new RangeError('a report names a household that its chunk does not hold');
  return named;
}

/** The household as it was asked about. */
export function askedAt(chunk: OpenedChunk, place: number): RequestHousehold {
  // As a rule nobody is missing and it stands at its own place.
  const first = chunk.asked[place];
  const asked = first?.index === place ? first : chunk.asked.find(({ index }) => index === place);
  if (asked === undefined) throw new RangeError('a report names a household that was not asked about');
  return asked;
}

/** The digest of an assessment of the household at `place`, under the policy and the engine version of its report. */
export function digestAt(
  chunk: OpenedChunk,
  place: number,
  assessment: Assessment,
  policyDigest = chunk.report.policy.digest,
): string {
  const { asOf, engineVersion } = chunk.report;
  return reportDigest({ asOf, household: askedAt(chunk, place), policyDigest, engineVersion, assessment });
}

/** How the persons of a report are shown. */
export type PersonsShown = (chunk: OpenedChunk, place: number) => Report['persons'];

/** The rows of a household with names and numbers: only for whoever was granted it. */
export function unmaskedPersons(chunk: OpenedChunk, place: number): Report['persons'] {
  return namedAt(chunk, place).persons.map(({ relation, name, idNumber }, i) => ({
    row: i + 1,
    relation,
    name,
    idNumber,
  }));
}

/** The rows of a household, masked. */
export function maskedPersons(chunk: OpenedChunk, place: number): Report['persons'] {
  return namedAt(chunk, place).persons.map((person, i) => ({
    row: i + 1,
    relation: person.relation,
    name: maskName(person.name),
    idNumber: maskIdNumber(person.idNumber),
  }));
}

/** Written out: an object put together from the list of categories costs six times as much, for every member. */
function incomeOf(income: MemberIncome): Report['income'][number] {
  return {
    member: income.member,
    wage: categoryOf(income.wage),
    operating: categoryOf(income.operating),
    property: categoryOf(income.property),
    transfer: categoryOf(income.transfer),
    other: categoryOf(income.other),
    deduction: formatYuan(income.deduction),
  };
}

function categoryOf({ declared, verified, assessed }: CategoryIncome): Report['income'][number]['wage'] {
  return { declared: formatYuan(declared), verified: formatYuan(verified), assessed: formatYuan(assessed) };
}

function sourceOf({ source, state, asOf, loading }: SourceState): Report['sources'][number] {
  const told = { source, state, asOf: asOf === null ? null : formatDay(asOf) };
  return loading ? { ...told, loading: true } : told;
}

const placeOfSource: ReadonlyMap<string, number> = new Map(SOURCES.map((source, at) => [source, at]));
const place = (state: SourceState): number => placeOfSource.get(state.source) ?? SOURCES.length;

function inRegistryOrder(sources: readonly SourceState[]): readonly SourceState[] {
  let before = 0;
  for (const state of sources) {
    const at = place(state);
    if (at < before) return [...sources].sort((a, b) => place(a) - place(b));
    before = at;
  }
  return sources;
}
