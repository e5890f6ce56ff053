import type { Area, Day, Fen, RowCode } from '@hedui/contracts';
import { lookUp } from './amounts.js';
import type { Policy } from './compile.js';

/** B: the monthly standard in fen for a region (six or nine digits) and area; null when the policy has none. */
export function standardFor(policy: Policy, region: string, area: Area, asOf: Day): Fen | null {
  return lookUp(policy.standards, region, area, asOf)?.amount ?? null;
}

/** D: the yearly disposable income a head in fen; null when the policy has none. */
export function disposableFor(policy: Policy, region: string, area: Area, asOf: Day): Fen | null {
  return lookUp(policy.disposableIncome, region, area, asOf)?.amount ?? null;
}

/** Why a household cannot be assessed under this policy: all reasons, in the order of their check; empty when it can. */
export function householdProblems(
  policy: Policy,
  household: { programme: string; region: string; area: Area; asOf: Day },
): RowCode[] {
  const problems: RowCode[] = [];
  const programme = policy.programmes.get(household.programme);
  if (programme === undefined) problems.push('PROGRAMME_UNKNOWN');
  else if (programme.area !== null && programme.area !== household.area) problems.push('AREA_MISMATCH');
  const { region, area, asOf } = household;
  if (
    standardFor(policy, region, area, asOf) === null ||
    (programme?.incomeCeilingDisposable === true && disposableFor(policy, region, area, asOf) === null)
  ) {
    problems.push('STANDARD_MISSING');
  }
  return problems;
}

/** The version in force on a date: among those effective by then the latest effective date, then the highest version. */
export function policyInForce<P extends { id: string; version: number; effectiveFrom: Day }>(
  candidates: readonly P[],
  asOf: Day,
): P | null {
  let best: P | null = null;
  for (const candidate of candidates) {
    if (candidate.effectiveFrom > asOf) continue;
    if (
      best === null ||
      candidate.effectiveFrom > best.effectiveFrom ||
      (candidate.effectiveFrom === best.effectiveFrom && candidate.version > best.version)
    ) {
      best = candidate;
    }
  }
  return best;
}
