import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type AccountFact,
  type Assessment,
  type AssistanceFact,
  type Day,
  type DeathFact,
  formatYuan,
  type IncomeFact,
  type MarriageFact,
  type PersonKey,
  parseDay,
  type RecordTypeName,
  type RegistrationFact,
  type RoleFact,
} from '@hedui/contracts';
import { assess, foldIncome, type PersonFacts, parsePolicy, recordTypeBit, sourceStates } from '@hedui/means-test';
import { type Cells, need } from './cells.js';
import { readCsv } from './csv.js';
import { groupHouseholds, householdCase } from './households.js';
import type { Held } from './records.js';
import { applyLoad, emptyRegistry, type LoadEntry, type Registry } from './registry.js';

const root = path.resolve(__dirname, '../../../..');
export const SAMPLE_CITY = path.join(root, 'infra/local/sample/city');
export const HARD_CITY = path.join(root, 'tests/e2e/fixtures/hard-city');
const POLICY_FILE = path.join(root, 'infra/local/sample/policy.yaml');

export const readPolicyText = (): string => readFileSync(POLICY_FILE, 'utf8');
export const readJson = (folder: string, file: string): unknown =>
  JSON.parse(readFileSync(path.join(folder, file), 'utf8'));

/** A city's sources after all of its loads, and its households as rows. */
export interface City {
  registries: Map<RecordTypeName, Registry>;
  byPerson: Map<PersonKey, Held[]>;
  households: Map<string, Cells[]>;
  /** Lines of rejected rows by file; a file that is loaded twice is listed once. */
  rejectedLines: Map<string, number[]>;
}

export function loadCity(folder: string): City {
  const registries = new Map<RecordTypeName, Registry>();
  const rejectedLines = new Map<string, number[]>();
  for (const load of readJson(folder, 'loads.json') as LoadEntry[]) {
    const registry = registries.get(load.type) ?? emptyRegistry();
    registries.set(load.type, registry);
    rejectedLines.set(load.file, applyLoad(registry, load, readCsv(readFileSync(path.join(folder, load.file)))));
  }
  const byPerson = new Map<PersonKey, Held[]>();
  for (const registry of registries.values()) {
    for (const { held } of registry.records.values()) {
      for (const one of held) byPerson.set(one.person, [...(byPerson.get(one.person) ?? []), one]);
    }
  }
  const households = groupHouseholds(readCsv(readFileSync(path.join(folder, 'households.csv'))));
  return { registries, byPerson, households, rejectedLines };
}

/** A person's facts as the name of the row sees them. */
function factsOf(held: readonly Held[], name: string): PersonFacts {
  const own = held.filter((one) => one.name === name);
  const of = (type: RecordTypeName): unknown[] => own.filter((one) => one.type === type).map((one) => one.fact);
  return {
    income: foldIncome(of('income') as IncomeFact[]),
    account: of('account') as AccountFact[],
    registration: of('registration') as RegistrationFact[],
    role: of('role') as RoleFact[],
    marriage: of('marriage') as MarriageFact[],
    death: of('death') as DeathFact[],
    assistance: of('assistance') as AssistanceFact[],
    otherNames: held.reduce((mask, one) => (one.name === name ? mask : mask | recordTypeBit(one.type)), 0),
  };
}

/** The arguments of `assess` for every household that `accepted` names. */
export function cityCases(
  city: City,
  asOfText: string,
  accepted: readonly string[],
): Map<string, Parameters<typeof assess>> {
  const asOf: Day = need(parseDay(asOfText), 'asOf');
  const parsed = parsePolicy(readPolicyText(), 'yaml');
  if (!parsed.ok) throw new Error('the sample policy does not parse');
  const coverage = [...city.registries.values()].flatMap((registry) => registry.coverage);
  const result = new Map<string, Parameters<typeof assess>>();
  for (const ref of accepted) {
    const { names, ...household } = householdCase(need(city.households.get(ref), ref), asOf);
    const facts = household.persons.map((p, i) => factsOf(city.byPerson.get(p.person) ?? [], names[i] ?? ''));
    const states = sourceStates(parsed.policy, coverage, [], household.region, asOf);
    result.set(ref, [parsed.policy, household, facts, states]);
  }
  return result;
}

/** Assesses every household that `accepted` names. */
export function assessCity(city: City, asOfText: string, accepted: readonly string[]): Map<string, Assessment> {
  const cases = cityCases(city, asOfText, accepted);
  return new Map([...cases].map(([ref, given]) => [ref, assess(...given)]));
}

/** An assessment in the flat shape of a city's expected.ndjson, findings in a fixed order. */
export function flat(assessment: Assessment): unknown {
  return {
    conclusion: assessment.conclusion,
    tier: assessment.tier,
    countedMembers: assessment.countedMembers,
    standardMonthly: formatYuan(assessment.standardMonthly),
    annualIncome: formatYuan(assessment.annualIncome),
    findings: findingSet(assessment.findings.map((f) => ({ ...f, category: f.detail.category }))),
    sources: Object.fromEntries(assessment.sources.map((s) => [s.source, s.state])),
    support: assessment.support.map((s) => ({ ...s, amount: formatYuan(s.amount) })),
  };
}

interface FlatFinding {
  code: string;
  member?: number | null;
  source?: string | null;
  recordId?: string | null;
  category?: unknown;
}

/** Findings as a set: one text each, in order. */
export function findingSet(findings: readonly FlatFinding[]): string[] {
  return findings
    .map((f) => JSON.stringify([f.code, f.member ?? null, f.source ?? null, f.recordId ?? null, f.category ?? null]))
    .sort();
}
