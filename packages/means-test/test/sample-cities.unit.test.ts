import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Area, parseDay } from '@hedui/contracts';
import { householdProblems, parsePolicy } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { need } from './city/cells.js';
import {
  assessCity,
  findingSet,
  flat,
  HARD_CITY,
  loadCity,
  readJson,
  readPolicyText,
  SAMPLE_CITY,
} from './city/city.js';

interface Expected {
  householdRef: string;
  programme: string;
  findings: { code: string }[];
}

const AS_OF = '2026-11-15';
const expectedOf = (folder: string): Expected[] =>
  readFileSync(path.join(folder, 'expected.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Expected);

describe.each([
  ['the sample city', SAMPLE_CITY, 233],
  ['the hard city', HARD_CITY, 357],
])('%s', (_name, folder, households) => {
  const city = loadCity(folder);
  const expected = expectedOf(folder);
  const refused = readJson(folder, 'rejected.json') as Record<string, string>;
  const assessed = assessCity(
    city,
    AS_OF,
    expected.map((e) => e.householdRef),
  );

  it('has an expected result or a refusal for every household', () => {
    const named = [...expected.map((e) => e.householdRef), ...Object.keys(refused)].sort();
    expect([...city.households.keys()].sort()).toEqual(named);
    expect(expected).toHaveLength(households);
  });

  it.each(expected.map((e) => [e.householdRef, e] as const))('assesses %s as expected', (ref, household) => {
    const { householdRef, programme, ...rest } = household;
    expect(programme).toBe(city.households.get(householdRef)?.[0]?.programme);
    expect(flat(need(assessed.get(ref), ref))).toEqual({ ...rest, findings: findingSet(rest.findings) });
  });

  it('refuses by the policy what the policy does not know', () => {
    const parsed = parsePolicy(readPolicyText(), 'yaml');
    if (!parsed.ok) throw new Error('the sample policy does not parse');
    const asOf = need(parseDay(AS_OF), 'asOf');
    for (const [ref, code] of Object.entries(refused)) {
      if (!['PROGRAMME_UNKNOWN', 'AREA_MISMATCH', 'STANDARD_MISSING'].includes(code)) continue;
      const { programme = '', region = '', area = '' } = city.households.get(ref)?.[0] ?? {};
      const problems = householdProblems(parsed.policy, { programme, region, area: area as Area, asOf });
      expect([ref, problems]).toEqual([ref, expect.arrayContaining([code])]);
    }
  });
});

describe('the hard city', () => {
  const city = loadCity(HARD_CITY);

  it('rejects exactly the rows that are listed, by physical line', () => {
    const listed = readJson(HARD_CITY, 'rejected_rows.json') as { file: string; rows: { line: number }[] }[];
    expect(Object.fromEntries(city.rejectedLines)).toEqual(
      Object.fromEntries(listed.map(({ file, rows }) => [file, rows.map((row) => row.line)])),
    );
  });

  const cases = readJson(HARD_CITY, 'cases.json') as Record<string, { wanted: string; refs: string[] }>;
  const refused = readJson(HARD_CITY, 'rejected.json') as Record<string, string>;
  const refs = Object.values(cases)
    .flatMap((c) => c.refs)
    .filter((ref) => !(ref in refused));
  const assessed = assessCity(city, AS_OF, refs);

  it.each(Object.entries(cases))('case: %s', (_case, { wanted, refs: households }) => {
    for (const ref of households) {
      if (ref in refused) continue;
      const codes = need(assessed.get(ref), ref).findings.map((f): string => f.code);
      for (const want of wanted.split(' ')) {
        if (want.startsWith('+')) expect(codes).toContain(want.slice(1));
        if (want.startsWith('-')) expect(codes).not.toContain(want.slice(1));
      }
    }
  });
});
