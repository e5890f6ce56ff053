import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Line } from '../src/agreement/canonical.js';
import { readDuck, readPostgres, storedReports } from '../src/agreement/stored.js';
import { type Duck, duckAssess, duckNarrow, duckSources, openDuck } from '../src/comparators/duckdb.js';
import { type CityLoad, type Parameters, parametersOf } from '../src/comparators/parameters.js';
import { assessBatch, connect, copySources, narrowSources } from '../src/comparators/postgres.js';
import { cleanCity } from './clean.js';

const ROOT = path.resolve(__dirname, '../../..');
const SAMPLE = path.join(ROOT, 'infra/local/sample');
const CITIES = { city: path.join(SAMPLE, 'city'), 'hard-city': path.join(ROOT, 'tests/e2e/fixtures/hard-city') };
const AS_OF = '2026-11-15';

interface Expected {
  householdRef: string;
  conclusion: string;
  tier: string | null;
  countedMembers: number;
  standardMonthly: string;
  annualIncome: string;
  findings: { code: string; member?: number; source?: string; recordId?: string; category?: string }[];
  sources: Record<string, string>;
  support: { supporter: number; amount: string; basis: string }[];
}

const json = async <T>(...parts: string[]): Promise<T> => JSON.parse(await readFile(path.join(...parts), 'utf8')) as T;

/** What expected.ndjson tells of a report, in one form for both. */
const flatExpected = (e: Expected) => ({
  conclusion: e.conclusion,
  tier: e.tier,
  countedMembers: e.countedMembers,
  standardMonthly: e.standardMonthly,
  annualIncome: e.annualIncome,
  support: [...e.support].sort((a, b) => a.supporter - b.supporter).map((s) => [s.supporter, s.amount, s.basis]),
  findings: e.findings
    .map((f) => JSON.stringify([f.code, f.member ?? null, f.source ?? null, f.recordId ?? null, f.category ?? null]))
    .sort(),
  sources: e.sources,
});

function flatLine({ text }: Line): ReturnType<typeof flatExpected> {
  const f = JSON.parse(text) as Omit<ReturnType<typeof flatExpected>, 'findings' | 'sources'> & {
    findings: (string | number | null)[][];
    sources: [string, string, string | null][];
  };
  return {
    conclusion: f.conclusion,
    tier: f.tier,
    countedMembers: f.countedMembers,
    standardMonthly: f.standardMonthly,
    annualIncome: f.annualIncome,
    support: f.support,
    findings: f.findings
      .map(([code, , member, source, record, detail]) =>
        JSON.stringify([code, member, source, record, code === 'INCOME_UNDERDECLARED' ? detail : null]),
      )
      .sort(),
    sources: Object.fromEntries(f.sources.map(([source, state]) => [source, state])),
  };
}

describe.each(['city', 'hard-city'] as const)('the comparators on the sample %s', (name) => {
  const made: { folder?: string; database?: TestDatabase; duck?: Duck } = {};
  let folder = '';
  let parameters: Parameters;
  let clean: Parameters;
  const expected = new Map<string, ReturnType<typeof flatExpected>>();

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hedui-comparators-'));
    made.folder = folder;
    const from = CITIES[name];
    const loads = await json<CityLoad[]>(from, 'loads.json');
    const bad = name === 'city' ? [] : await json<{ rows: { line: number }[] }[]>(from, 'rejected_rows.json');
    await mkdir(path.join(folder, 'clean'));
    await cleanCity(
      from,
      path.join(folder, 'clean'),
      loads,
      bad.map((load) => new Set(load.rows.map((row) => row.line))),
    );
    parameters = parametersOf(await readFile(path.join(SAMPLE, 'policy.yaml'), 'utf8'), AS_OF, loads);
    const types = new Map(loads.map((load) => [load.type, { ...load, file: `${load.type}.csv` }]));
    clean = { ...parameters, loads: [...types.values()] };
    for (const line of (await readFile(path.join(from, 'expected.ndjson'), 'utf8')).split('\n')) {
      if (line === '') continue;
      const report = JSON.parse(line) as Expected;
      expected.set(report.householdRef, flatExpected(report));
    }
  }, 180_000);
  afterAll(async () => {
    made.duck?.close();
    await made.database?.drop();
    if (made.folder) await rm(made.folder, { recursive: true, force: true });
  }, 180_000);

  async function found(lines: AsyncIterable<Line>): Promise<Map<string, ReturnType<typeof flatExpected>>> {
    const reports = new Map<string, ReturnType<typeof flatExpected>>();
    for await (const line of lines) reports.set(line.ref, flatLine(line));
    return reports;
  }

  it('give what is expected of every household, in PostgreSQL', async () => {
    const database = await testDatabase('bench');
    made.database = database;
    await copySources(database.url, path.join(folder, 'clean'), clean.loads);
    await narrowSources(database.url, clean.loads, parameters);
    const { suffixes } = await assessBatch(database.url, path.join(folder, 'clean/households.csv'), parameters);
    const client = await connect(database.url);
    const reports = await found(storedReports(readPostgres(client), suffixes));
    await client.end();
    expect(reports.size).toBe(expected.size);
    for (const [ref, report] of expected) expect({ ref, report: reports.get(ref) }).toEqual({ ref, report });
  }, 180_000);

  it('give what is expected of every household, in DuckDB', async () => {
    const duck = await openDuck(path.join(folder, 'duck.db'), 2, '1GB');
    made.duck = duck;
    await duckSources(duck, path.join(folder, 'clean'), clean.loads);
    await duckNarrow(duck, clean.loads, parameters);
    const { suffixes } = await duckAssess(duck, path.join(folder, 'clean/households.csv'), parameters);
    const reports = await found(storedReports(readDuck(duck), suffixes));
    expect(reports.size).toBe(expected.size);
    for (const [ref, report] of expected) expect({ ref, report: reports.get(ref) }).toEqual({ ref, report });
  }, 180_000);
});
