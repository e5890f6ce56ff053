import { type Area, type Day, type Fen, type RowCode, regionPrefix } from '@hedui/contracts';
import type { Policy } from './compile.js';

/** One amount from a date on; the entries of a table stand latest first. */
interface DatedAmount {
  from: Day;
  amount: Fen;
}

/** Amounts by area and region prefix (`urban:5201`): a look-up tries township, county, city, province. */
export type AmountTable = ReadonlyMap<string, readonly DatedAmount[]>;

const PREFIX_LENGTHS = [9, 6, 4, 2] as const;

/** Builds the table from rows in any order. */
export function amountTable(rows: readonly { region: string; area: Area; from: Day; amount: Fen }[]): AmountTable {
  const table = new Map<string, DatedAmount[]>();
  for (const row of rows) {
    const key = `${row.area}:${regionPrefix(row.region)}`;
    const entries = table.get(key);
    if (entries) entries.push({ from: row.from, amount: row.amount });
    else table.set(key, [{ from: row.from, amount: row.amount }]);
  }
  for (const entries of table.values()) entries.sort((a, b) => b.from - a.from);
  return table;
}

/** Among the rows in force, the longest matching region, then the latest `from` (README §2); null when there is none. */
function lookUp(table: AmountTable, region: string, area: Area, asOf: Day): Fen | null {
  for (const length of PREFIX_LENGTHS) {
    if (region.length < length) continue;
    const entries = table.get(`${area}:${region.slice(0, length)}`);
    if (entries === undefined) continue;
    for (const entry of entries) if (entry.from <= asOf) return entry.amount;
  }
  return null;
}

/** B: the monthly standard in fen for a region (six or nine digits) and area; null when the policy has none. */
export function standardFor(policy: Policy, region: string, area: Area, asOf: Day): Fen | null {
  return lookUp(policy.standards, region, area, asOf);
}

/** D: the yearly disposable income a head in fen; null when the policy has none. */
export function disposableFor(policy: Policy, region: string, area: Area, asOf: Day): Fen | null {
  return lookUp(policy.disposableIncome, region, area, asOf);
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
