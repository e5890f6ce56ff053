import { hash } from 'node:crypto';
import type { Assessment } from './assessment.js';
import { assessmentTuple } from './assessment-tuple.js';
import type { Day } from './calendar.js';
import type { RequestHousehold } from './chunk-households.js';

/** What a report's digest speaks for. */
export interface DigestedReport {
  asOf: Day;
  household: RequestHousehold;
  policyDigest: string;
  engineVersion: string;
  assessment: Assessment;
}

/**
 * SHA-256 (64 hexadecimal digits) of a report's content: what was asked, under which rules, and every figure and finding that was
 * answered. Where the household stood in its chunk and when it was assessed do not count. The digest is taken of JSON text of values
 * in a fixed order; the only objects in it, the findings' details, have their keys sorted.
 */
export function reportDigest({ asOf, household: h, policyDigest, engineVersion, assessment }: DigestedReport): string {
  const persons = h.persons.map((p) => [
    p.relation,
    p.person,
    p.name,
    p.maritalStatus,
    p.declared,
    p.rigidExpenditure,
    p.householdSize,
    p.supportedPersons,
    p.agreedSupport,
  ]);
  const findings = assessment.findings.map((finding) => {
    const detail = sortedKeys(finding.detail);
    return detail === finding.detail ? finding : { ...finding, detail };
  });
  const content = [
    [asOf, h.programme, h.verificationType, h.region, h.area, h.ownBenefit, persons],
    policyDigest,
    engineVersion,
    assessmentTuple({ ...assessment, findings }),
  ];
  return hash('sha256', JSON.stringify(content), 'hex');
}

function sortedKeys<V>(record: Record<string, V>): Record<string, V> {
  let before = '';
  let inOrder = true;
  for (const key in record) {
    inOrder &&= before <= key;
    before = key;
  }
  if (inOrder) return record;
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
