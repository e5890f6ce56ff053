import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ID_TYPES, type Report } from '@hedui/contracts';
import { readIdentity } from '@hedui/identity-numbers';
import { parse } from 'csv-parse/sync';

/** What the rates of one group must be, counted from the reports alone: the oracle shares no code with the ledger. */
export interface Recount {
  completed: number;
  incomplete: number;
  flagged: number;
  detected: number;
  lowIncome: number;
}

/** Counts reports that were already reduced to one per household. */
export function recount(
  reports: readonly Report[],
  group: (report: Report) => readonly string[],
): Map<string, Recount> {
  const rows = new Map<string, Recount>();
  for (const report of reports) {
    for (const key of group(report)) {
      const row = rows.get(key) ?? { completed: 0, incomplete: 0, flagged: 0, detected: 0, lowIncome: 0 };
      rows.set(key, row);
      if (report.conclusion === 'incomplete') {
        row.incomplete++;
        continue;
      }
      row.completed++;
      if (report.findings.some((f) => f.effect !== 'info')) row.flagged++;
      if (report.conclusion === 'does_not_meet') row.detected++;
      if (report.tier !== null && report.tier !== 'none') row.lowIncome++;
    }
  }
  return rows;
}

/** household_ref → the applicant's document, from the batch file itself. */
export async function applicants(directory: string): Promise<Map<string, string>> {
  const rows = parse(await readFile(path.join(directory, 'households.csv')), { columns: true, bom: true }) as Record<
    string,
    string
  >[];
  const found = new Map<string, string>();
  for (const row of rows) {
    if (row.relation !== 'applicant') continue;
    const type = ID_TYPES.find((t) => t === row.id_type) ?? 'resident_id';
    const read = readIdentity(type, (row.id_number ?? '').replace(/^'/, ''));
    if (read.ok) found.set(row.household_ref ?? '', `${type}:${read.identity.number}`);
  }
  return found;
}

/** A household counts once for a programme and verification type, with its latest report: later in the file is later. */
export function latestPerHousehold(reports: readonly Report[], applicant: ReadonlyMap<string, string>): Report[] {
  const latest = new Map<string, Report>();
  for (const report of reports) {
    const who = applicant.get(report.householdRef ?? '');
    latest.set([who, report.programme, report.verificationType].join('\0'), report);
  }
  return [...latest.values()];
}
