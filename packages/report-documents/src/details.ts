import type { Bilingual, Report } from '@hedui/contracts';
import { yuanInWords } from './amounts.js';
import { DETAIL_RULES, type DetailRule, MARITAL_TERMS, RECORD_TYPE_TERMS } from './detail-terms.js';
import { BASIS_TERMS, CATEGORY_TERMS, PROGRAMME_TERMS, termOf } from './terms.js';

export type ReportFinding = Report['findings'][number];
type DetailValue = ReportFinding['detail'][string];

/** One fact of a finding in words. `known`: every code in it has a word, so that a citizen can read it. */
export interface Fact {
  key: string;
  label: Bilingual;
  value: Bilingual;
  known: boolean;
}

const same = (text: string): Bilingual => ({ zh: text, en: text });
const amountPattern = /^-?\d+\.\d{2}$/;
const ORDER = Object.keys(DETAIL_RULES).map((key) => key.slice(key.indexOf(':') + 1));

function joined(parts: readonly Bilingual[]): Bilingual {
  return { zh: parts.map((part) => part.zh).join('、'), en: parts.map((part) => part.en).join(', ') };
}

function listedTerms(terms: Readonly<Record<string, Bilingual>>, codes: readonly string[]): [Bilingual, boolean] {
  return [joined(codes.map((code) => termOf(terms, code))), codes.every((code) => Object.hasOwn(terms, code))];
}

function readText(rule: DetailRule, text: string): [Bilingual, boolean] {
  switch (rule.as) {
    case 'money':
      return amountPattern.test(text) ? [yuanInWords(text), true] : [same(text), false];
    case 'moneyOrMarital':
      return amountPattern.test(text) ? [yuanInWords(text), true] : listedTerms(MARITAL_TERMS, [text]);
    case 'codes':
      return listedTerms(rule.terms, [text]);
    case 'letters':
      return listedTerms(rule.terms, Array.from(text));
    case 'recordTypes':
      return listedTerms(RECORD_TYPE_TERMS, text.split(','));
    case 'programme':
      return listedTerms(PROGRAMME_TERMS, [text]);
    case 'category':
      return listedTerms(CATEGORY_TERMS, [text]);
    case 'basis':
      return listedTerms(BASIS_TERMS, [text]);
    case 'region':
    case 'date':
    case 'plain':
      return [same(text), true];
  }
}

function readValue(rule: DetailRule | undefined, value: DetailValue): [Bilingual, boolean] {
  if (value === null) return [{ zh: '不详', en: 'not known' }, true];
  if (typeof value === 'boolean') return [value ? { zh: '是', en: 'yes' } : { zh: '否', en: 'no' }, true];
  return rule === undefined ? [same(String(value)), false] : readText(rule, String(value));
}

/** The facts of a finding, known keys in the order of the table, the others after them as they stand. */
export function factsOf(finding: ReportFinding): Fact[] {
  const place = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  return Object.entries(finding.detail)
    .sort(([a], [b]) => place(a) - place(b))
    .map(([key, value]) => {
      const own = `${finding.source ?? ''}:${key}`;
      const name = Object.hasOwn(DETAIL_RULES, own) ? own : key;
      const rule = Object.hasOwn(DETAIL_RULES, name) ? DETAIL_RULES[name] : undefined;
      const [text, known] = readValue(rule, value);
      return { key, label: rule?.label ?? same(key), value: text, known };
    });
}

/** Facts as one sentence each language: `申报：0.00 元；核实：36,000.00 元`. Empty when there are none. */
export function inWords(facts: readonly Fact[]): Bilingual {
  return {
    zh: facts.map(({ label, value }) => `${label.zh}：${value.zh}`).join('；'),
    en: facts.map(({ label, value }) => `${label.en}: ${value.en}`).join('; '),
  };
}
