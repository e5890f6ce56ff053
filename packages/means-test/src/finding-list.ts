import type { Finding, FindingCode, SourceName } from '@hedui/contracts';
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

/** The findings in report order (README §12). */
export function orderedFindings(list: FindingList): Finding[] {
  return list.findings.length > 1 ? list.findings.sort(compareFindings) : list.findings;
}
