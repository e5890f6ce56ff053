import { parsePolicy, policyFromCanonical } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { readPolicyText } from './city/city.js';

const SAMPLE = readPolicyText();
const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
const errorsOf = (text: string, format: 'yaml' | 'json' = 'yaml') => {
  const parsed = parsePolicy(text, format);
  return parsed.ok ? [] : parsed.errors.map(({ line, column, code }) => ({ line, column, code }));
};
const changed = (from: string, to: string): string => {
  if (!SAMPLE.includes(from)) throw new Error(`the sample policy has no ${from}`);
  return SAMPLE.replace(from, to);
};
const sample = () => {
  const parsed = parsePolicy(SAMPLE, 'yaml');
  if (!parsed.ok) throw new Error('the sample policy does not parse');
  return parsed;
};

describe('a policy document (README §13)', () => {
  it('is accepted with every key of the sample', () => {
    const { policy, warnings } = sample();
    expect(warnings).toEqual([]);
    expect(policy).toMatchObject({ id: 'sample-city', version: 1, recentMonths: 12, loanRepayment: 150_000 });
    expect(policy.supporter).toEqual({ standardMultiple: 150, ratePercent: 5000 });
    expect(policy.employmentCost).toEqual({ percent: 2000, yearlyCap: 360_000 });
    expect(policy.programmes.get('dibao_margin')).toMatchObject({
      incomeCeiling: 150,
      fundBalanceMonths: 3600,
      area: null,
    });
    expect(policy.programmes.get('public_housing')?.effects).toMatchObject({
      SELF_EMPLOYED: 'info',
      FUND_LOAN: 'fails',
      VEHICLE_OWNED: 'fails',
      FUND_BALANCE_OVER: 'review',
    });
  });

  it('is the same content in YAML and in JSON, in any order of keys and with any comments', () => {
    const { canonical, digest } = sample();
    const document = JSON.parse(canonical) as Record<string, unknown>;
    const reversed = JSON.stringify(Object.fromEntries(Object.entries(document).reverse()), null, '\t');
    for (const again of [
      parsePolicy(reversed, 'json'),
      parsePolicy(`\uFEFF# a comment\n${SAMPLE}`, 'yaml'),
      parsePolicy(reversed, 'yaml'),
    ]) {
      expect(again).toMatchObject({ ok: true, canonical, digest });
    }
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(canonical.startsWith('{"disposableIncome":[{"area":"urban","from":"2026-01-01"')).toBe(true);
    expect(policyFromCanonical(canonical)).toEqual(sample().policy);
  });

  it('is other content when an amount changes', () => {
    expect(parsePolicy(changed('"735.00"', '"735.01"'), 'yaml')).not.toMatchObject({ digest: sample().digest });
  });

  it.each([
    ['an unknown key', 'recentMonths: 12', 'recentMonth: 12', 'recentMonth', 'POLICY_KEY_UNKNOWN'],
    [
      'an unknown key of a programme',
      'maxVehicles: 0',
      'maxCars: 0',
      'programmes.urban_dibao.maxCars',
      'POLICY_KEY_UNKNOWN',
    ],
    [
      'an unknown finding',
      'COMPANY_LEGAL_REP: review',
      'COMPANY_REP: review',
      'effects.COMPANY_REP',
      'POLICY_KEY_UNKNOWN',
    ],
    [
      'an unknown finding of a programme',
      '{ SELF_EMPLOYED: info }',
      '{ SELF: info }',
      'programmes.dibao_margin.effects.SELF',
      'POLICY_KEY_UNKNOWN',
    ],
    [
      'an unknown effect',
      'COMPANY_LEGAL_REP: review',
      'COMPANY_LEGAL_REP: deny',
      'effects.COMPANY_LEGAL_REP',
      'POLICY_VALUE_INVALID',
    ],
    [
      'an unknown source',
      'requires: [tax,',
      'requires: [taxes,',
      'programmes.urban_dibao.requires.0',
      'POLICY_VALUE_INVALID',
    ],
    ['an unknown source in freshness', '{ tax: 45,', '{ tax: 45, bank: 3,', 'freshness.bank', 'POLICY_KEY_UNKNOWN'],
    [
      'three decimals',
      'incomeCeiling: 1.5',
      'incomeCeiling: 1.505',
      'programmes.dibao_margin.incomeCeiling',
      'POLICY_VALUE_INVALID',
    ],
    ['three decimals of money', '"1500.00"', '"1500.005"', 'loanRepayment', 'POLICY_VALUE_INVALID'],
    ['a thousands separator', '"1500.00"', '"1,500.00"', 'loanRepayment', 'POLICY_VALUE_INVALID'],
    ['a negative amount', '"1500.00"', '"-1500.00"', 'loanRepayment', 'POLICY_VALUE_INVALID'],
    ['a negative number of days', '{ tax: 45,', '{ tax: -1,', 'freshness.tax', 'POLICY_VALUE_INVALID'],
    ['a fraction of a day', '{ tax: 45,', '{ tax: 4.5,', 'freshness.tax', 'POLICY_VALUE_INVALID'],
    [
      'a date that is none',
      'effectiveFrom: 2025-01-01',
      'effectiveFrom: 2025-02-29',
      'effectiveFrom',
      'POLICY_VALUE_INVALID',
    ],
    ['a region without quotes', 'region: "520100"', 'region: 520100', 'standards.0.region', 'POLICY_VALUE_INVALID'],
    ['a region of five digits', 'region: "520100"', 'region: "52010"', 'standards.0.region', 'POLICY_VALUE_INVALID'],
    [
      'a plate type without quotes',
      '["07", "08", "11"]',
      '[07, "08"]',
      'vehicles.exemptPlateTypes.0',
      'POLICY_VALUE_INVALID',
    ],
    [
      'a status of two letters',
      'goneStatus: [C, E, M]',
      'goneStatus: [CE, M]',
      'vehicles.goneStatus.0',
      'POLICY_VALUE_INVALID',
    ],
    [
      'an area that is none',
      'area: urban, from: 2025-01-01',
      'area: town, from: 2025-01-01',
      'standards.0.area',
      'POLICY_VALUE_INVALID',
    ],
    ['a percentage over 100', '{ percent: 10,', '{ percent: 100.01,', 'tolerance.percent', 'POLICY_MEANING'],
    ['a rate over 100', 'ratePercent: 50', 'ratePercent: 101', 'supporter.ratePercent', 'POLICY_MEANING'],
    [
      'the same row twice',
      'from: 2026-07-01, monthly: "735.00"',
      'from: 2025-01-01, monthly: "735.00"',
      'standards.1',
      'POLICY_MEANING',
    ],
    [
      'a tier of an unknown programme',
      'programme: dibao_margin,',
      'programme: dibao_marge,',
      'tiers.1.programme',
      'POLICY_MEANING',
    ],
    ['a tier without a programme', 'programme: dibao_margin, code', 'code', 'tiers.1', 'POLICY_MEANING'],
    [
      'a tier with the programme of the other area',
      '{ urban: urban_dibao,',
      '{ urban: rural_dibao,',
      'tiers.0.urban',
      'POLICY_MEANING',
    ],
    [
      'a tier with both forms',
      'programme: dibao_margin,',
      'programme: dibao_margin, urban: dibao_margin,',
      'tiers.1',
      'POLICY_MEANING',
    ],
    ['a tier called none', 'code: dibao_margin', 'code: none', 'tiers.1.code', 'POLICY_MEANING'],
    ['a required source without freshness', '{ tax: 45,', '{', 'programmes.urban_dibao.requires.0', 'POLICY_MEANING'],
    [
      'a silent source that would fail a household',
      'COMPANY_LEGAL_REP: review',
      'SOURCE_NO_REPLY: fails',
      'effects.SOURCE_NO_REPLY',
      'POLICY_MEANING',
    ],
  ])('refuses %s with line and key', (_what, from, to, column, code) => {
    const text = changed(from, to);
    const expected = { line: lineOf(SAMPLE, column.includes('requires') ? 'requires:' : from.trim()), column, code };
    expect(errorsOf(text)).toContainEqual(expected);
  });

  it('tells a missing key at the thing that lacks it', () => {
    expect(errorsOf(changed(', monthly: "700.00"', ''))).toEqual([
      { line: lineOf(SAMPLE, '- { region'), column: 'standards.0.monthly', code: 'POLICY_KEY_MISSING' },
    ]);
    expect(errorsOf(changed('recentMonths: 12\n', ''))).toMatchObject([
      { column: 'recentMonths', code: 'POLICY_KEY_MISSING' },
    ]);
  });

  it('tells all errors of a stage, in the order of the lines, in both languages', () => {
    const text = changed('recentMonths: 12', 'recentMonths: -1')
      .replace('"700.00"', '"7e2"')
      .replace('SELF_EMPLOYED', 'SELF');
    expect(errorsOf(text).map((e) => e.column)).toEqual([
      'standards.0.monthly',
      'recentMonths',
      'programmes.dibao_margin.effects.SELF',
    ]);
    const parsed = parsePolicy(text, 'yaml');
    expect(parsed.ok ? [] : parsed.errors.map((e) => e.rule)).toContainEqual(
      expect.stringMatching(/^取值不符合要求.* \/ the value does not have the required form/),
    );
  });

  it('accepts money and multiples as numbers, and warns of what is seldom meant', () => {
    const text = changed('"735.00"', '735')
      .replace('incomeCeiling: 4', 'maxVehicles: 1')
      .replace('    maxVehicles: 1\n    fundBalanceMonths: 120', '    fundBalanceMonths: 120');
    expect(parsePolicy(text, 'yaml')).toMatchObject({ ok: true, warnings: [{ column: 'programmes.public_housing' }] });
  });
});
