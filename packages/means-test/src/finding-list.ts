import { type Finding, type FindingCode, isSealedText, type SourceName } from '@hedui/contracts';
import { compareFindings } from './order.js';
import { findingBit, type Programme } from './policy/compile.js';

/** The findings of a household while they are made: effects are those of the programme applied for. */
export interface FindingList {
  readonly programme: Programme;
  readonly findings: Finding[];
  /** The codes in the list, as the sum of their `findingBit`s: what another programme would make of them. */
  codes: number;
}

export function newFindingList(programme: Programme): FindingList {
  return { programme, findings: [], codes: 0 };
}

export function addFinding(
  list: FindingList,
  code: FindingCode,
  member: number | null,
  source: SourceName | null,
  recordId: string | null,
  detail: Finding['detail'],
): void {
  // A code without a bit would never fail anybody; findingBit has room for 31.
  if (findingBit[code] === 0) throw new RangeError(`${code} has no bit`);
  list.findings.push({ code, effect: list.programme.effects[code], member, source, recordId, detail });
  list.codes |= findingBit[code];
}

/**
 * The findings in report order (README §12). Where an id is sealed, only its source could compare it: it gave the records in the order
 * of their ids, the rules raised the findings in that order, and so they stay. Findings of one code and member are of one record type.
 */
export function orderedFindings(list: FindingList): Finding[] {
  const { findings } = list;
  if (findings.length < 2) return findings;
  const sealed = findings.filter(({ recordId }) => recordId !== null && isSealedText(recordId));
  if (sealed.length === 0) return findings.sort(compareFindings);
  const known = (finding: Finding): Finding =>
    sealed.some((s) => s.code === finding.code && s.member === finding.member)
      ? { ...finding, recordId: null }
      : finding;
  return findings.sort((a, b) => compareFindings(known(a), known(b)));
}
