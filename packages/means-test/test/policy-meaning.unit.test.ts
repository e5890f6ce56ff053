import { parsePolicy, policyDocumentOf, policyFromCanonical } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { readPolicyText } from './city/city.js';

const SAMPLE = readPolicyText();

/** The sample with one thing written otherwise, and the line where that thing begins. */
function written(from: string, to: string): { text: string; line: number } {
  const at = SAMPLE.indexOf(from);
  if (at < 0) throw new Error(`the sample policy has no ${from}`);
  return {
    text: SAMPLE.slice(0, at) + to + SAMPLE.slice(at + from.length),
    line: SAMPLE.slice(0, at).split('\n').length,
  };
}
const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
const errorsOf = (text: string) => {
  const parsed = parsePolicy(text, 'yaml');
  return parsed.ok ? [] : parsed.errors.map(({ line, column, code }) => ({ line, column, code }));
};
const warningsOf = (text: string) => {
  const parsed = parsePolicy(text, 'yaml');
  return parsed.ok ? parsed.warnings.map(({ line, column }) => ({ line, column })) : null;
};
const without = (pattern: RegExp): string => SAMPLE.replace(pattern, '');
const RURAL_ROWS = /^.*area: rural.*monthly.*\n/gm;
const D_TABLE = /^disposableIncome:.*\n(?: {2}-.*\n)+/m;
const RURAL_D = /^.*area: rural.*yearly.*\n/gm;

describe('the checks of a policy, each with its line and key', () => {
  it.each([
    ['a tier that names no programme', 'programme: dibao_margin, code', 'code', 'tiers.1', 'POLICY_MEANING'],
    [
      'a tier of an unknown programme',
      'programme: dibao_margin',
      'programme: margin',
      'tiers.1.programme',
      'POLICY_MEANING',
    ],
    ['an unknown finding', 'COMPANY_LEGAL_REP: review', 'COMPANY: review', 'effects.COMPANY', 'POLICY_KEY_UNKNOWN'],
    ['a percentage over 100', '{ percent: 20,', '{ percent: 100.5,', 'employmentCost.percent', 'POLICY_MEANING'],
    ['an unknown source', 'business_registry: 35', 'bank: 35', 'freshness.bank', 'POLICY_KEY_UNKNOWN'],
    [
      'a row that comes again',
      '{ region: "520100", area: urban, from: 2026-07-01',
      '{ region: "520100", area: urban, from: 2025-01-01',
      'standards.1',
      'POLICY_MEANING',
    ],
    [
      'a row of disposable income that comes again',
      '{ region: "520100", area: rural, from: 2026-01-01',
      '{ region: "520100", area: urban, from: 2026-01-01',
      'disposableIncome.1',
      'POLICY_MEANING',
    ],
    ['negative money', 'loanRepayment: "1500.00"', 'loanRepayment: -1', 'loanRepayment', 'POLICY_VALUE_INVALID'],
    [
      'a multiple with three decimals',
      'incomeCeiling: 1.5\n',
      'incomeCeiling: 1.555\n',
      'programmes.dibao_margin.incomeCeiling',
      'POLICY_VALUE_INVALID',
    ],
    ['a version that is nought', 'version: 1', 'version: 0', 'version', 'POLICY_VALUE_INVALID'],
    ['a version with a fraction', 'version: 1', 'version: 1.5', 'version', 'POLICY_VALUE_INVALID'],
    ['a version in quotes', 'version: 1', 'version: "1"', 'version', 'POLICY_VALUE_INVALID'],
    ['an id with a blank', 'id: sample-city', 'id: sample city', 'id', 'POLICY_VALUE_INVALID'],
    ['an id with an at sign', 'id: sample-city', 'id: sample@city', 'id', 'POLICY_VALUE_INVALID'],
    ['an id in Chinese', 'id: sample-city', 'id: 示例', 'id', 'POLICY_VALUE_INVALID'],
  ])('refuses %s', (_what, from, to, column, code) => {
    const { text, line } = written(from, to);
    expect(errorsOf(text)).toContainEqual({ line, column, code });
  });

  it('refuses a document without effectiveFrom, at its beginning', () => {
    const text = without(/^effectiveFrom:.*\n/m);
    expect(errorsOf(text)).toEqual([
      { line: lineOf(text, 'id:'), column: 'effectiveFrom', code: 'POLICY_KEY_MISSING' },
    ]);
  });

  it('refuses a required source that has no freshness, at each programme that requires it', () => {
    const { text } = written(', civil_affairs: 20', '');
    const lines = text.split('\n').flatMap((line, i) => (/requires:.*civil_affairs/.test(line) ? [i + 1] : []));
    expect(lines).toHaveLength(4);
    expect(errorsOf(text)).toEqual(
      ['urban_dibao', 'rural_dibao', 'dibao_margin', 'rigid_expenditure'].map((code, i) => ({
        line: lines[i],
        column: `programmes.${code}.requires.4`,
        code: 'POLICY_MEANING',
      })),
    );
  });

  it('warns of a programme that has no standard in its area, or in one of its areas', () => {
    const text = without(RURAL_ROWS);
    const line = lineOf(text, '    area: rural\n');
    expect(warningsOf(text)).toContainEqual({ line, column: 'programmes.rural_dibao.area' });
    const urban = text
      .replace(/^ {2}rural_dibao:\n(?: {4}.*\n)+/m, '')
      .replace('urban: urban_dibao, rural: rural_dibao', 'programme: urban_dibao');
    expect(warningsOf(urban)).toEqual(
      ['dibao_margin', 'rigid_expenditure', 'public_housing'].map((code) => ({
        line: lineOf(urban, `  ${code}:`),
        column: `programmes.${code}`,
      })),
    );
  });

  it('takes a row for one county where the city has none', () => {
    const text = SAMPLE.replaceAll('{ region: "520100", area: urban', '{ region: "520103", area: urban');
    expect(errorsOf(text)).toEqual([]);
    expect(warningsOf(text)).toEqual([]);
  });

  it('refuses a policy without any standard', () => {
    const text = SAMPLE.replace(/^standards:.*\n(?: {2}-.*\n)+/m, 'standards: []\n');
    expect(errorsOf(text)).toEqual([
      { line: lineOf(text, 'standards:'), column: 'standards', code: 'POLICY_VALUE_INVALID' },
    ]);
  });

  it('warns of a ceiling by disposable income without a row that it could use', () => {
    for (const text of [without(D_TABLE), SAMPLE.replace(D_TABLE, 'disposableIncome: []\n')]) {
      expect(warningsOf(text)).toEqual([
        {
          line: lineOf(text, '    incomeCeilingDisposable:'),
          column: 'programmes.rigid_expenditure.incomeCeilingDisposable',
        },
      ]);
    }
    const urbanOnly = without(RURAL_D);
    expect(warningsOf(urbanOnly)).toEqual([
      { line: lineOf(urbanOnly, '  rigid_expenditure:'), column: 'programmes.rigid_expenditure' },
    ]);
    const rural = urbanOnly.replace('  rigid_expenditure:\n', '  rigid_expenditure:\n    area: rural\n');
    expect(warningsOf(rural)).toEqual([
      {
        line: lineOf(rural, '    incomeCeilingDisposable:'),
        column: 'programmes.rigid_expenditure.incomeCeilingDisposable',
      },
    ]);
  });

  it('warns of a policy without a tier', () => {
    const text = SAMPLE.replace(/^tiers:\n(?: {2}-.*\n)+/m, 'tiers: []\n');
    expect(warningsOf(text)).toEqual([{ line: lineOf(text, 'tiers:'), column: 'tiers' }]);
  });
});

describe('a published policy', () => {
  it('stays readable when a check of meaning is added later', () => {
    const parsed = parsePolicy(SAMPLE, 'yaml');
    if (!parsed.ok) throw new Error('the sample policy does not parse');
    // Any rule of today stands for one that the document's time did not know.
    const earlier = JSON.stringify({ ...JSON.parse(parsed.canonical), tolerance: { percent: 101, yearly: '0.00' } });
    expect(parsePolicy(earlier, 'json').ok).toBe(false);
    expect(policyFromCanonical(earlier)).toMatchObject({ id: 'sample-city', tolerance: { percent: 10_100 } });
  });

  it('gives its document back in the order in which policies are written', () => {
    const parsed = parsePolicy(SAMPLE, 'yaml');
    if (!parsed.ok) throw new Error('the sample policy does not parse');
    const keys = Object.keys(policyDocumentOf(parsed.canonical));
    expect(keys.slice(0, 6)).toEqual(['id', 'version', 'title', 'effectiveFrom', 'standards', 'disposableIncome']);
    expect(keys.at(-1)).toBe('tiers');
  });
});
