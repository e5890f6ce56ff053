import type { Bilingual, Report } from '@hedui/contracts';
import { type Phrase, phrase, quiet } from './phrase.js';
import { RELATION_TERMS } from './terms.js';

export type ReportPerson = Report['persons'][number];

/** Masked name and relation of a row, for a table; `—` for the household as a whole. */
export function personCell(report: Report, row: number | null): Phrase[] {
  if (row === null) return [{ zh: '全户', en: 'Household' }];
  const person = report.persons.find((one) => one.row === row);
  if (person === undefined) return [phrase('第 {row} 行', 'row {row}', { row })];
  return [`${row}　${person.name}`, quiet(RELATION_TERMS[person.relation])];
}

/** `李*（配偶）`, for a sentence. */
export function personInWords(report: Report, row: number): Bilingual {
  const person = report.persons.find((one) => one.row === row);
  if (person === undefined) return phrase('第 {row} 行所列人员', 'the person of row {row}', { row });
  const relation = RELATION_TERMS[person.relation];
  return phrase('{name}（{relation}）', '{name} ({relation})', {
    name: person.name,
    relation: { zh: relation.zh, en: relation.en.toLowerCase() },
  });
}
