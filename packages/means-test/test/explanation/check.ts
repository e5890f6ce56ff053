import { isDeepStrictEqual } from 'node:util';
import { type Assessment, type Explanation, explanationSchema, formatYuan, SOURCES } from '@hedui/contracts';
import { type assess, explain, perCapitaMonthly } from '@hedui/means-test';
import { expect } from '@jest/globals';
import { isFailed, rebuild } from './rebuild.js';

/** Explains a household and holds the explanation against its assessment; gives the explanation as JSON reads it. */
export function checkedExplanation(given: Parameters<typeof assess>, assessment: Assessment): Explanation {
  const sent: unknown = JSON.parse(JSON.stringify(explain(...given)));
  const explanation = explanationSchema.parse(sent);
  // What the schema does not know it leaves out: nothing may be left out. (Quicker than toEqual on a large document.)
  expect(isDeepStrictEqual(explanation, sent)).toBe(true);
  const perCapita = perCapitaMonthly(assessment);
  expect(rebuild(explanation)).toEqual({
    annualIncome: formatYuan(assessment.annualIncome),
    perCapitaMonthly: perCapita === null ? null : formatYuan(perCapita),
    contributions: explanation.arithmetic.members.map((member) => member.contribution),
    support: assessment.support.map((support) => formatYuan(support.amount)),
    tier: assessment.tier,
    conclusion: assessment.conclusion,
  });
  expect(explanation.conclusion.conclusion).toBe(assessment.conclusion);
  expect(explanation.tier.result).toBe(assessment.tier);
  expect(explanation.arithmetic.annualIncome.amount).toBe(formatYuan(assessment.annualIncome));
  expect(
    explanation.findings.map(({ code, effect, member, source, recordId, detail }) => {
      return { code, effect, member, source, recordId, detail };
    }),
  ).toEqual(assessment.findings);
  checkTests(explanation);
  checkFindings(explanation);
  checkTexts(explanation);
  return explanation;
}

/** A margin is positive exactly on the right side of a limit, and a test raises its codes exactly on the other. */
function checkTests(explanation: Explanation): void {
  const income = BigInt(explanation.arithmetic.annualIncome.amount.replace('.', ''));
  const raised = new Set<string>();
  const all = [explanation.arithmetic.tests, ...explanation.tier.entries.map((entry) => entry.tests)].flat();
  const wrong = all.filter((test) => {
    const margin = Number(test.margin);
    const byMargin = test.relation === 'below' ? margin <= 0 : margin < 0;
    return byMargin !== test.raised || isFailed(test, income, explanation) !== test.raised;
  });
  expect(wrong).toEqual([]);
  expect(all.filter((test) => test.codes.length > 0 !== test.raised)).toEqual([]);
  for (const test of explanation.arithmetic.tests) for (const code of test.codes) raised.add(code);
  const ofTests = ['INCOME_OVER', 'EXPENDITURE_LOW', 'VEHICLE_OWNED', 'FUND_BALANCE_OVER', 'COMPANY_INVESTOR'];
  ofTests.push('DUPLICATE_BENEFIT', 'CROSS_REGION_BENEFIT');
  const found = new Set(explanation.findings.map((f): string => f.code).filter((code) => ofTests.includes(code)));
  expect([...raised].sort()).toEqual([...found].sort());
}

/** Every comparison holds, and a finding that names a record shows it. */
function checkFindings(explanation: Explanation): void {
  const { findings } = explanation;
  expect(findings.flatMap(({ comparisons }) => comparisons.filter((comparison) => !holds(comparison)))).toEqual([]);
  expect(findings.filter(({ recordId, record }) => recordId !== null && record === null)).toEqual([]);
}

function holds({ value, relation, limit }: Explanation['findings'][number]['comparisons'][number]): boolean {
  const numeric = /^-?\d+(\.\d+)?$/.test(value) && /^-?\d+(\.\d+)?$/.test(limit);
  const order = numeric ? Number(value) - Number(limit) : value < limit ? -1 : value > limit ? 1 : 0;
  switch (relation) {
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return value === limit;
    case '!=':
      return value !== limit;
    case 'in':
      return limit.split(',').includes(value);
    case 'not_in':
      return !limit.split(',').includes(value);
  }
}

const HOLE = /undefined|null|[{}]|NaN/;
const CHINESE = /[\u4e00-\u9fff]/;
/** The Chinese name of a paper stands behind the English one, in brackets. */
const BRACKETED = /\([^)]*\)/g;

/** Sentences have no holes, the English ones no Chinese but the names of papers, and no code where there is a word. */
function checkTexts(explanation: Explanation): void {
  const wrong = sentencesOf(explanation).filter(
    ({ zh, en }) =>
      HOLE.test(zh) ||
      HOLE.test(en) ||
      CHINESE.test(en.replace(BRACKETED, '').replaceAll(/record \S+/g, '')) ||
      !CHINESE.test(zh) ||
      SOURCES.some((source) => source.includes('_') && `${zh} ${en}`.includes(source)),
  );
  expect(wrong).toEqual([]);
}

export function sentencesOf(value: unknown): { zh: string; en: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('zh' in value && 'en' in value) return [{ zh: String(value.zh), en: String(value.en) }];
  return Object.values(value).flatMap(sentencesOf);
}

/** Every text value of a document, keys left out. */
export function valuesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(valuesOf) : [];
}
