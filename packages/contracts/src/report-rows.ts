import type { Assessment, Finding, MemberIncome } from './assessment.js';
import { type AssessmentOutline, readAssessment } from './assessment-tuple.js';
import { KEY_BYTES, keyFromBytes, type PersonKey } from './brands.js';
import type { Day } from './calendar.js';
import type { ReportedHousehold } from './chunk-households.js';
import type { Fen } from './money.js';
import { PackReader } from './packing/reader.js';
import type { PackWriter } from './packing/writer.js';
import { type Area, INCOME_CATEGORIES, type VerificationType } from './registry.js';

/** One household of a report chunk. The assessment's values stand in the order of `assessmentTuple`. */
export function writeReported(to: PackWriter, h: ReportedHousehold): void {
  to.array(7);
  to.number(h.index);
  to.keys(h.applicant);
  to.text(h.programme);
  to.text(h.verificationType);
  to.text(h.region);
  to.text(h.area);
  writeAssessment(to, h.assessment);
}

function writeAssessment(to: PackWriter, a: Assessment): void {
  to.array(9);
  to.text(a.conclusion);
  to.textOrNil(a.tier);
  to.number(a.countedMembers);
  to.number(a.standardMonthly);
  to.number(a.annualIncome);
  to.array(a.income.length);
  for (const member of a.income) writeIncome(to, member);
  to.array(a.support.length);
  for (const { supporter, amount, basis } of a.support) {
    to.array(3);
    to.number(supporter);
    to.number(amount);
    to.text(basis);
  }
  to.array(a.findings.length);
  for (const finding of a.findings) writeFinding(to, finding);
  to.array(a.sources.length);
  for (const { source, state, asOf, loading } of a.sources) {
    to.array(4);
    to.text(source);
    to.text(state);
    to.numberOrNil(asOf);
    to.flag(loading);
  }
}

function writeIncome(to: PackWriter, m: MemberIncome): void {
  to.array(2 + 3 * INCOME_CATEGORIES.length);
  to.number(m.member);
  to.number(m.deduction);
  for (const category of INCOME_CATEGORIES) {
    const { declared, verified, assessed } = m[category];
    to.number(declared);
    to.number(verified);
    to.number(assessed);
  }
}

function writeFinding(to: PackWriter, { code, effect, member, source, recordId, detail }: Finding): void {
  to.array(6);
  to.text(code);
  to.text(effect);
  to.numberOrNil(member);
  to.textOrNil(source);
  to.textOrNil(recordId);
  const keys = Object.keys(detail);
  to.map(keys.length);
  for (const key of keys) {
    to.text(key);
    to.plain(detail[key] ?? null);
  }
}

/** Reads each household of a report chunk by `read`; throws MalformedEvent. */
function rowsOf<T>(bytes: Buffer, read: (from: PackReader) => T): T[] {
  const from = new PackReader(bytes);
  const rows: T[] = [];
  for (let left = from.array(); left > 0; left--) {
    from.arrayOf(7);
    rows.push(read(from));
  }
  from.finish();
  return rows;
}

/** All of every household. */
export function readReported(bytes: Buffer): ReportedHousehold[] {
  return rowsOf(bytes, (from) => ({
    index: from.number(),
    applicant: keyFromBytes<PersonKey>(bytes, from.keys(1)),
    programme: from.text(),
    verificationType: from.text() as VerificationType,
    region: from.text(),
    area: from.text() as Area,
    assessment: readAssessment(from.value()),
  }));
}

/** Of every household what its assessment concluded; what lies beside it is looked at for its form alone. */
export function readOutlines(bytes: Buffer): { index: number; assessment: AssessmentOutline }[] {
  return rowsOf(bytes, (from) => {
    const index = from.number();
    from.keys(1);
    for (let texts = 0; texts < 4; texts++) from.text();
    return { index, assessment: readOutline(from) };
  });
}

function readOutline(from: PackReader): AssessmentOutline {
  from.arrayOf(9);
  const conclusion = from.text() as Assessment['conclusion'];
  const tier = from.textOrNull();
  const countedMembers = from.number();
  const standardMonthly = from.number() as Fen;
  const annualIncome = from.number() as Fen;
  from.skipRows();
  from.skipRows();
  const findings: AssessmentOutline['findings'] = [];
  for (let left = from.array(); left > 0; left--) {
    from.arrayOf(6);
    findings.push({
      code: from.text() as Finding['code'],
      effect: from.text() as Finding['effect'],
      member: from.numberOrNull(),
    });
    from.skip(3);
  }
  const sources: AssessmentOutline['sources'] = [];
  for (let left = from.array(); left > 0; left--) {
    from.arrayOf(4);
    sources.push({
      source: from.text(),
      state: from.text() as AssessmentOutline['sources'][number]['state'],
      asOf: from.numberOrNull() as Day | null,
    });
    from.skip();
  }
  return { conclusion, tier, countedMembers, standardMonthly, annualIncome, findings, sources };
}

/** A household of a report chunk as far as it is counted; its codes have not been looked at. */
export interface CountedHousehold {
  index: number;
  /** The 16 bytes of the applicant's pseudonym. */
  applicant: Uint8Array;
  programme: string;
  verificationType: string;
  region: string;
  area: string;
  conclusion: string;
  tier: string | null;
  findings: readonly CountedFinding[];
  /** Names of the sources whose state is `answered`. */
  answered: readonly string[];
}

export interface CountedFinding {
  code: string;
  effect: string;
  source: string | null;
}

const NO_FINDINGS: readonly CountedFinding[] = [];

/** Of every household what is counted. */
export function readCounted(bytes: Buffer): CountedHousehold[] {
  return rowsOf(bytes, (from) => {
    const index = from.number();
    const at = from.keys(1);
    const applicant = bytes.subarray(at, at + KEY_BYTES);
    const programme = from.text();
    const verificationType = from.text();
    const region = from.text();
    const area = from.text();
    from.arrayOf(9);
    const conclusion = from.text();
    const tier = from.textOrNull();
    from.skip(3);
    from.skipRows();
    from.skipRows();
    const findings = readCountedFindings(from);
    const answered: string[] = [];
    for (let left = from.array(); left > 0; left--) {
      from.arrayOf(4);
      const source = from.text();
      if (from.text() === 'answered') answered.push(source);
      from.skip(2);
    }
    return { index, applicant, programme, verificationType, region, area, conclusion, tier, findings, answered };
  });
}

function readCountedFindings(from: PackReader): readonly CountedFinding[] {
  let left = from.array();
  if (left === 0) return NO_FINDINGS;
  const findings: CountedFinding[] = [];
  for (; left > 0; left--) {
    from.arrayOf(6);
    const code = from.text();
    const effect = from.text();
    from.skip();
    findings.push({ code, effect, source: from.textOrNull() });
    from.skip(2);
  }
  return findings;
}
