import { readHundredths } from './decimal.js';
import type { PolicyDocument, ProgrammeDocument } from './document.js';
import type { DocumentPath } from './locate.js';

/** A place in a well-formed document whose content makes no sense. */
export interface MeaningProblem {
  path: DocumentPath;
  zh: string;
  en: string;
}

/** The checks that need more than one value, or know what a value is for. Errors, not warnings: all of them refuse. */
export function meaningProblems(document: PolicyDocument): MeaningProblem[] {
  return [
    ...percentages(document),
    ...repeatedRows(document, 'standards'),
    ...repeatedRows(document, 'disposableIncome'),
    ...programmes(document),
    ...effectsWithoutEffect(document.effects, ['effects']),
    ...tiers(document),
  ];
}

/** What is allowed but seldom meant. */
export function meaningWarnings(document: PolicyDocument): MeaningProblem[] {
  const warnings: MeaningProblem[] = [];
  for (const [code, programme] of Object.entries(document.programmes)) {
    if (programme.incomeCeiling === undefined && programme.incomeCeilingDisposable !== true) {
      warnings.push({
        path: ['programmes', code],
        zh: '该救助类型没有收入标准',
        en: 'the programme has no income test',
      });
    }
    if (programme.incomeCeilingDisposable === true && (document.disposableIncome ?? []).length === 0) {
      warnings.push({
        path: ['programmes', code, 'incomeCeilingDisposable'],
        zh: '没有可支配收入表，所有家庭将被拒绝',
        en: 'there is no disposableIncome row: every household will be refused with STANDARD_MISSING',
      });
    }
  }
  return warnings;
}

function percentages(document: PolicyDocument): MeaningProblem[] {
  const found: MeaningProblem[] = [];
  const check = (value: string | number, ...path: string[]): void => {
    const percent = readHundredths(value);
    if (percent !== null && percent > 100_00) found.push({ path, zh: '百分比超过 100', en: 'a percentage over 100' });
  };
  check(document.tolerance.percent, 'tolerance', 'percent');
  check(document.employmentCost.percent, 'employmentCost', 'percent');
  check(document.supporter.ratePercent, 'supporter', 'ratePercent');
  return found;
}

function repeatedRows(document: PolicyDocument, table: 'standards' | 'disposableIncome'): MeaningProblem[] {
  const seen = new Set<string>();
  const found: MeaningProblem[] = [];
  for (const [i, row] of (document[table] ?? []).entries()) {
    const key = `${row.region} ${row.area} ${row.from}`;
    if (seen.has(key)) {
      found.push({
        path: [table, i],
        zh: '同一地区、城乡和起始日期有两行',
        en: 'two rows for the same region, area and date',
      });
    }
    seen.add(key);
  }
  return found;
}

function programmes(document: PolicyDocument): MeaningProblem[] {
  const found: MeaningProblem[] = [];
  if (Object.keys(document.programmes).length === 0) {
    found.push({ path: ['programmes'], zh: '没有救助类型', en: 'the policy has no programme' });
  }
  for (const [code, programme] of Object.entries(document.programmes)) {
    found.push(...requires(document, code, programme));
    found.push(...effectsWithoutEffect(programme.effects, ['programmes', code, 'effects']));
  }
  return found;
}

function requires(document: PolicyDocument, code: string, programme: ProgrammeDocument): MeaningProblem[] {
  const found: MeaningProblem[] = [];
  for (const [i, source] of programme.requires.entries()) {
    const path = ['programmes', code, 'requires', i];
    if (document.freshness[source] === undefined) {
      found.push({ path, zh: '所需来源没有时效 (freshness)', en: 'a required source has no freshness' });
    }
    if (programme.requires.indexOf(source) !== i) found.push({ path, zh: '来源重复', en: 'the source stands twice' });
  }
  return found;
}

function effectsWithoutEffect(effects: PolicyDocument['effects'], path: DocumentPath): MeaningProblem[] {
  return (['SOURCE_NO_REPLY', 'STALE_DATA'] as const)
    .filter((code) => (effects?.[code] ?? 'info') !== 'info')
    .map((code) => ({
      path: [...path, code],
      zh: '来源未反馈或过期只作信息，由 requires 决定',
      en: 'a silent or stale source is information; list it under requires to make it count',
    }));
}

function tiers(document: PolicyDocument): MeaningProblem[] {
  const found: MeaningProblem[] = [];
  for (const [i, tier] of document.tiers.entries()) {
    const path = ['tiers', i];
    if (tier.code === 'none') {
      found.push({ path: [...path, 'code'], zh: 'none 为保留代码', en: 'none is what a report says for no tier' });
    }
    if (tier.programme === undefined && tier.urban === undefined && tier.rural === undefined) {
      found.push({ path, zh: '档次没有指明救助类型', en: 'the tier names no programme' });
    }
    if (tier.programme !== undefined && (tier.urban !== undefined || tier.rural !== undefined)) {
      found.push({ path, zh: 'programme 与 urban、rural 只能择一', en: 'programme excludes urban and rural' });
    }
    for (const key of ['programme', 'urban', 'rural'] as const) {
      const code = tier[key];
      if (code === undefined) continue;
      const programme = Object.hasOwn(document.programmes, code) ? document.programmes[code] : undefined;
      if (programme === undefined) {
        found.push({ path: [...path, key], zh: '没有这个救助类型', en: 'the policy has no such programme' });
      } else if (key !== 'programme' && programme.area !== undefined && programme.area !== key) {
        found.push({
          path: [...path, key],
          zh: '该救助类型属于另一城乡类型',
          en: 'the programme is for the other area',
        });
      }
    }
  }
  return found;
}
