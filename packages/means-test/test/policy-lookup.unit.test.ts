import { type Day, formatYuan } from '@hedui/contracts';
import { disposableFor, householdProblems, policyInForce, standardFor } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { compiled, samplePolicy, T, withProgramme } from './given.js';
import { day } from './plain/adapter.js';

const yuan = (fen: number | null): string | null => (fen === null ? null : formatYuan(fen));

describe('standards (README §2)', () => {
  const policy = samplePolicy();
  const row = (region: string, from: string, monthly: string) => ({ region, area: 'urban', from, monthly });
  policy.standards = [
    row('520000', '2026-01-01', '100.00'),
    row('520100', '2026-01-01', '200.00'),
    row('520100', '2026-07-01', '210.00'),
    row('520102', '2026-07-01', '300.00'),
    row('520102001', '2026-11-15', '400.00'),
    row('520102002', '2026-11-16', '500.00'),
  ];
  it.each([
    ['520301', T, '100.00'],
    ['520000', T, '100.00'],
    ['520100', T, '210.00'],
    ['520103', T, '210.00'],
    ['520103001', T, '210.00'],
    ['520102', T, '300.00'],
    ['520102009', T, '300.00'],
    ['520102001', T, '400.00'],
    ['520102002', T, '300.00'], // the township's row is not in force yet
    ['520102001', '2026-11-14', '300.00'],
    ['520102', '2026-06-30', '200.00'], // the county's row is not in force yet: the city's
    ['520102', '2026-07-01', '300.00'],
    ['520103', '2026-06-30', '200.00'],
    ['520103', '2025-12-31', null],
    ['530102', T, null],
  ])('B in %s on %s is %s', (region, asOf, expected) => {
    expect(yuan(standardFor(compiled(policy), region, 'urban', day(asOf)))).toBe(expected);
  });

  it('keeps the areas apart, and D from B', () => {
    const sample = compiled(samplePolicy());
    expect(yuan(standardFor(sample, '520102', 'rural', day(T)))).toBe('546.50');
    expect(yuan(disposableFor(sample, '520102', 'urban', day(T)))).toBe('46000.00');
    expect(yuan(disposableFor(sample, '520102', 'urban', day('2025-12-31')))).toBeNull();
  });
});

describe('households that a policy refuses (README §2)', () => {
  const problems = (programme: string, region: string, area: 'urban' | 'rural', asOf = T) =>
    householdProblems(compiled(samplePolicy()), { programme, region, area, asOf: day(asOf) });
  it.each([
    ['urban_dibao', '520102', 'urban', T, []],
    ['medical', '520102', 'urban', T, ['PROGRAMME_UNKNOWN']],
    ['rural_dibao', '520102', 'urban', T, ['AREA_MISMATCH']],
    ['urban_dibao', '530102', 'urban', T, ['STANDARD_MISSING']],
    ['medical', '530102', 'urban', T, ['PROGRAMME_UNKNOWN', 'STANDARD_MISSING']],
    ['rural_dibao', '530102', 'urban', T, ['AREA_MISMATCH', 'STANDARD_MISSING']],
    ['rigid_expenditure', '520102', 'urban', '2025-12-31', ['STANDARD_MISSING']],
    ['rigid_expenditure', '520102', 'urban', T, []],
    ['dibao_margin', '520102', 'urban', '2025-12-31', []],
    ['dibao_margin', '520102', 'urban', '2024-12-31', ['STANDARD_MISSING']],
  ] as const)('%s in %s %s on %s: %j', (programme, region, area, asOf, expected) => {
    expect(problems(programme, region, area, asOf)).toEqual(expected);
  });

  it('needs D only where the programme compares with it', () => {
    const policy = withProgramme('rigid_expenditure', { incomeCeilingDisposable: false });
    const household = {
      programme: 'rigid_expenditure',
      region: '520102',
      area: 'urban',
      asOf: day('2025-12-31'),
    } as const;
    expect(householdProblems(compiled(policy), household)).toEqual([]);
  });
});

describe('the policy in force', () => {
  const version = (v: number, from: string) => ({ id: 'p', version: v, effectiveFrom: day(from) });
  it.each([
    ['none', [], null],
    ['only later ones', [version(1, '2026-11-16')], null],
    ['effective on the day', [version(1, T)], 1],
    ['the latest effective date, not the highest version', [version(3, '2025-01-01'), version(2, '2026-01-01')], 2],
    [
      'the highest version of one date',
      [version(2, '2026-01-01'), version(10, '2026-01-01'), version(9, '2026-01-01')],
      10,
    ],
    ['a later one passed over', [version(1, '2025-01-01'), version(2, '2027-01-01')], 1],
  ] as [string, { id: string; version: number; effectiveFrom: Day }[], number | null][])(
    '%s',
    (_what, candidates, expected) => {
      expect(policyInForce(candidates, day(T))?.version ?? null).toBe(expected);
      expect(policyInForce([...candidates].reverse(), day(T))?.version ?? null).toBe(expected);
    },
  );
});
