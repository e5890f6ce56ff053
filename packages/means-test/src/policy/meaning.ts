import { AREAS, type Area } from '@hedui/contracts';
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
  const warnings = withoutUse(document);
  for (const [code, programme] of Object.entries(document.programmes)) {
    const path = ['programmes', code];
    if (programme.incomeCeiling === undefined && programme.incomeCeilingDisposable !== true) {
      warnings.push({ path, zh: '该救助类型没有收入标准', en: 'the programme has no income test' });
    }
    if (programme.area === undefined) warnings.push(...areasWithoutRow(document, programme, path));
  }
  return warnings;
}

/** A programme for both areas that can take households of one only. */
function areasWithoutRow(document: PolicyDocument, programme: ProgrammeDocument, path: DocumentPath): MeaningProblem[] {
  const tables =
    programme.incomeCeilingDisposable === true
      ? (['standards', 'disposableIncome'] as const)
      : (['standards'] as const);
  return tables.flatMap((table) =>
    AREAS.filter((area) => document[table]?.length && !hasRow(document, table, area)).map((area) => ({
      path,
      zh: `${table} 没有 ${area} 的行，该类家庭将被拒绝`,
      en: `${table} has no ${area} row: its ${area} households will be refused with STANDARD_MISSING`,
    })),
  );
}

/** Rows for single places may come without one for the whole city: what counts is whether anybody can match the table. */
function hasRow(document: PolicyDocument, table: 'standards' | 'disposableIncome', area: Area | undefined): boolean {
  return (document[table] ?? []).some((row) => area === undefined || row.area === area);
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

/**
 * What could never apply to any household: a programme without a row to compare with, tiers that are none. Warnings, for the rules
 * say what becomes of such a household (README §2, §11): it is refused, or has no tier.
 */
function withoutUse(document: PolicyDocument): MeaningProblem[] {
  const found: MeaningProblem[] = [];
  for (const [code, programme] of Object.entries(document.programmes)) {
    if (!hasRow(document, 'standards', programme.area)) {
      found.push({
        path: ['programmes', code, 'area'],
        zh: 'standards 没有该城乡类型的行，该救助类型的家庭都将被拒绝',
        en: 'standards has no row of this area: each of its households will be refused with STANDARD_MISSING',
      });
    }
    if (programme.incomeCeilingDisposable === true && !hasRow(document, 'disposableIncome', programme.area)) {
      found.push({
        path: ['programmes', code, 'incomeCeilingDisposable'],
        zh: 'disposableIncome 没有适用的行，该救助类型的家庭都将被拒绝',
        en: 'disposableIncome has no row for it: each of its households will be refused with STANDARD_MISSING',
      });
    }
  }
  if (document.tiers.length === 0) {
    found.push({ path: ['tiers'], zh: '没有档次', en: 'the policy has no tier: every report will say none' });
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
