import {
  type Assessment,
  type BatchId,
  type ChunkId,
  decodeEvent,
  formatDay,
  formatYuan,
  INCOME_CATEGORIES,
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
import { openDataKey, SealError, type Sealer } from '@hedui/privacy';
import { findReportParts, type ReportParts } from '../db/reports.js';
import type { Deps } from '../deps.js';
import { readReportNo, reportNoOf } from '../identifiers.js';
import { type NamedHousehold, openNamed } from '../intake/named-chunk.js';
import { decodeRequest } from '../intake/pack-chunk.js';

/** A chunk whose report is there and whose households can be named. */
export interface OpenedChunk {
  chunkId: ChunkId;
  batchId: BatchId | null;
  report: ReportChunk;
  /** The households as they were asked about, by place. */
  asked: RequestHousehold[];
  named: NamedHousehold[];
}

/** Opens a chunk with its report; null while there is none. Throws SealError when its key was destroyed. */
export function openChunk(parts: ReportParts, ring: Sealer): OpenedChunk | null {
  const { chunkId, batchId, event, dataKey } = parts;
  if (event === null) return null;
  if (dataKey === null) throw new SealError('the key of this batch was destroyed');
  const { sealer } = openDataKey(ring, dataKey, batchId ?? chunkId);
  return {
    chunkId,
    batchId,
    report: readReportChunk(decodeEvent(event).payload),
    asked: decodeRequest(parts.request),
    named: openNamed(parts.named, sealer, chunkId),
  };
}

/**
 * Finds a report by its number; says where its household is while it is still being made. Throws HeduiError NOT_FOUND when there is
 * no such report and nobody will make it.
 */
export async function findReport(
  { pool, ring }: Pick<Deps, 'pool' | 'ring'>,
  reportNo: string,
): Promise<{ report: Report; chunkId: ChunkId; index: number } | { chunkId: ChunkId; place: number }> {
  const at = readReportNo(reportNo);
  const parts = at && (await findReportParts(pool, at.chunkId, at.place));
  if (!at || !parts || parts.state === 'dropped') throw new HeduiError('NOT_FOUND');
  const chunk = openChunk(parts, ring);
  if (chunk === null) return { chunkId: parts.chunkId, place: at.place };
  const report = reportAt(chunk, at.place);
  if (report === null) throw new HeduiError('NOT_FOUND');
  return { report, chunkId: parts.chunkId, index: at.place };
}

/** The report of the household at `place`; null when the chunk has none there. */
export function reportAt(chunk: OpenedChunk, place: number): Report | null {
  const household = chunk.report.households.find((h) => h.index === place);
  return household ? reportOf(chunk, household) : null;
}

/** The reports of a chunk, in the order of the file. */
export function reportsOf(chunk: OpenedChunk): Report[] {
  return [...chunk.report.households].sort((a, b) => a.index - b.index).map((h) => reportOf(chunk, h));
}

function reportOf(chunk: OpenedChunk, household: ReportedHousehold): Report {
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
    findings: assessment.findings,
    sources: inRegistryOrder(assessment.sources).map(sourceOf),
    persons: maskedPersons(chunk, index),
  };
}

function namedAt(chunk: OpenedChunk, place: number): NamedHousehold {
  const named = chunk.named[place];
  if (named === undefined) throw new RangeError('a report names a household that its chunk does not hold');
  return named;
}

/** The household as it was asked about. */
export function askedAt(chunk: OpenedChunk, place: number): RequestHousehold {
  const asked = chunk.asked[place];
  if (asked?.index !== place) throw new RangeError('a report names a household that was not asked about');
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

/** The rows of a household, masked. */
export function maskedPersons(chunk: OpenedChunk, place: number): Report['persons'] {
  return namedAt(chunk, place).persons.map((person, i) => ({
    row: i + 1,
    relation: person.relation,
    name: maskName(person.name),
    idNumber: maskIdNumber(person.idNumber),
  }));
}

function incomeOf(income: MemberIncome): Report['income'][number] {
  const categories = INCOME_CATEGORIES.map((category) => {
    const { declared, verified, assessed } = income[category];
    return [
      category,
      { declared: formatYuan(declared), verified: formatYuan(verified), assessed: formatYuan(assessed) },
    ];
  });
  return { member: income.member, ...Object.fromEntries(categories), deduction: formatYuan(income.deduction) };
}

function sourceOf({ source, state, asOf, loading }: SourceState): Report['sources'][number] {
  const told = { source, state, asOf: asOf === null ? null : formatDay(asOf) };
  return loading ? { ...told, loading: true } : told;
}

const place = (state: SourceState): number => {
  const at = (SOURCES as readonly string[]).indexOf(state.source);
  return at < 0 ? SOURCES.length : at;
};

function inRegistryOrder(sources: readonly SourceState[]): SourceState[] {
  return [...sources].sort((a, b) => place(a) - place(b));
}
