import type { ReportExplanation } from '@hedui/contracts';
import { assess, explain } from '@hedui/means-test';
import type { RecordedReport } from './recorded.js';
import { digestAt, maskedPersons } from './report.js';

/** Explains a report from what it was computed from; says when the present rules would give another one. */
export function explanationOf(recorded: RecordedReport): ReportExplanation {
  const { reportNo, place, chunk, reported, given, policyDigest } = recorded;
  const digest = digestAt(chunk, place, reported.assessment);
  return {
    ...chunk.clear(explain(...given)),
    reportNo,
    digest,
    engineVersion: chunk.report.engineVersion,
    agrees: digestAt(chunk, place, assess(...given), policyDigest) === digest,
    persons: maskedPersons(chunk, place),
  };
}
