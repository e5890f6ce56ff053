import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Load, loadSchema, type RejectedRow, type Report, reportSchema } from '@hedui/contracts';
import { expect } from '@jest/globals';
import type { Mesh } from './mesh.js';

export interface CityLoad {
  source: string;
  type: string;
  file: string;
  scope: string;
  asOf: string;
  mode: 'full' | 'delta';
}

export async function readJson<T>(...parts: string[]): Promise<T> {
  return JSON.parse(await readFile(path.join(...parts), 'utf8')) as T;
}

export async function readLines<T>(file: string): Promise<T[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as T);
}

/** Loads every file of a city by the command line, in the order of loads.json, and returns the loads with their rejects. */
export async function loadCity(mesh: Mesh, directory: string): Promise<{ load: Load; rejects: RejectedRow[] }[]> {
  const loads: { load: Load; rejects: RejectedRow[] }[] = [];
  for (const { source, type, file, scope, asOf, mode } of await readJson<CityLoad[]>(directory, 'loads.json')) {
    const result = await mesh.hedui(
      ...['source', 'load', source, type, path.join(directory, file), '--scope', scope, '--as-of', asOf],
      ...['--mode', mode, '--confirm-withdrawals', '--json'],
    );
    if (!result.out) throw new Error(`${file}: ${result.err}`);
    const load = loadSchema.parse(JSON.parse(result.out));
    expect({ file, state: load.state, status: result.status }).toEqual({
      file,
      state: 'applied',
      status: load.counts.rejected > 0 ? 1 : 0,
    });
    loads.push({ load, rejects: await allRejects(mesh, `/v1/loads/${load.id}/rejects`) });
  }
  return loads;
}

/** All pages of a reject list. */
export async function allRejects(mesh: Mesh, target: string): Promise<RejectedRow[]> {
  const found: RejectedRow[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const answer = await mesh.fetch(`${target}?limit=100${next ? `&cursor=${encodeURIComponent(next)}` : ''}`);
    expect(answer.status).toBe(200);
    const page = (await answer.json()) as { items: RejectedRow[]; next: string | null };
    found.push(...page.items);
    next = page.next;
  }
  return found;
}

export interface ExpectedReport {
  householdRef: string;
  programme: string;
  conclusion: string;
  tier: string | null;
  countedMembers: number;
  standardMonthly: string;
  annualIncome: string;
  findings: { code: string; member?: number; source?: string; recordId?: string; category?: string }[];
  sources: Record<string, string>;
  support: { supporter: number; amount: string; basis: string }[];
}

/** A report in the flat form of expected.ndjson: findings as a set, absent for null. */
export function flatten(report: Report): ExpectedReport {
  return {
    householdRef: report.householdRef ?? '',
    programme: report.programme,
    conclusion: report.conclusion,
    tier: report.tier,
    countedMembers: report.countedMembers,
    standardMonthly: report.standardMonthly,
    annualIncome: report.annualIncome,
    findings: sorted(
      report.findings.map((f) => ({
        code: f.code,
        ...(f.member === null ? {} : { member: f.member }),
        ...(f.source === null ? {} : { source: f.source }),
        ...(f.recordId === null ? {} : { recordId: f.recordId }),
        ...(typeof f.detail.category === 'string' ? { category: f.detail.category } : {}),
      })),
    ),
    sources: Object.fromEntries(report.sources.map((s) => [s.source, s.state])),
    support: report.support,
  };
}

export function sorted(findings: ExpectedReport['findings']): ExpectedReport['findings'] {
  const key = (f: ExpectedReport['findings'][number]) =>
    [f.code, f.member, f.source, f.recordId, f.category].join('\0');
  return [...findings].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export async function readReports(file: string): Promise<Report[]> {
  return (await readLines<unknown>(file)).map((line) => reportSchema.parse(line));
}
