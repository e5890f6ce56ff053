import { INCOME_CATEGORIES, type Report } from '@hedui/contracts';
import { groupedYuan, sumYuan, yuanInWords } from '../amounts.js';
import type { Block, Column, Row } from '../blocks.js';
import { personCell, personInWords, type ReportPerson } from '../persons.js';
import { phrase } from '../phrase.js';
import { BASIS_TERMS, CATEGORY_TERMS, RELATION_TERMS } from '../terms.js';

const text = (zh: string, en: string, width: number): Column => ({ heading: phrase(zh, en), width });

function personsTable(persons: readonly ReportPerson[]): Block {
  return {
    kind: 'table',
    columns: [
      { ...text('序号', 'No.', 8), align: 'centre' },
      text('姓名', 'Name', 24),
      text('关系', 'Relation', 24),
      text('证件号码', 'Document number', 44),
    ],
    rows: persons.map((person) => ({
      cells: [[String(person.row)], [person.name], [RELATION_TERMS[person.relation]], [person.idNumber]],
    })),
  };
}

/** Members, and the statutory supporters apart from them. */
export function personsTables({ persons }: Report): Block[] {
  const members = persons.filter(({ relation }) => relation !== 'supporter');
  const supporters = persons.filter(({ relation }) => relation === 'supporter');
  const blocks: Block[] = [
    { kind: 'heading', text: phrase('共同生活的家庭成员', 'Members of the household') },
    personsTable(members),
  ];
  if (supporters.length > 0) {
    blocks.push(
      { kind: 'heading', text: phrase('赡养、抚养、扶养义务人', 'Statutory supporters') },
      personsTable(supporters),
    );
  }
  return blocks;
}

const MEASURES = [
  { key: 'declared', word: phrase('申报', 'Declared') },
  { key: 'verified', word: phrase('核实', 'Verified') },
  { key: 'assessed', word: phrase('认定', 'Assessed') },
] as const;

/** Declared, verified and assessed income of each counted member by category, in yuan over the reference period. */
export function incomeTable(report: Report): Block[] {
  const heading: Block = {
    kind: 'heading',
    text: phrase('家庭成员收入', 'Income of the members'),
    aside: phrase('核对期间（12 个月）合计，单位：元', 'over the 12 months of reference, in CNY'),
  };
  if (report.income.length === 0) {
    return [heading, { kind: 'paragraph', text: phrase('没有计入的成员。', 'Nobody is counted.') }];
  }
  const amount = (word: { zh: string; en: string }): Column => ({ heading: word, width: 15, align: 'right' });
  const rows: Row[] = report.income.flatMap((income): Row[] => [
    {
      section: [
        phrase('{row}　{person}　就业成本等扣除：{deduction}', '{row}　{person}　deduction: {deduction}', {
          row: income.member,
          person: personInWords(report, income.member),
          deduction: yuanInWords(income.deduction),
        }),
      ],
    },
    ...MEASURES.map(({ key, word }) => {
      const amounts = INCOME_CATEGORIES.map((category) => income[category][key]);
      return { cells: [[word], ...[...amounts, sumYuan(amounts)].map((yuan) => [groupedYuan(yuan)])] };
    }),
  ]);
  return [
    heading,
    {
      kind: 'table',
      columns: [
        { heading: phrase('口径', 'Measure'), width: 12, label: true },
        ...INCOME_CATEGORIES.map((category) => amount(CATEGORY_TERMS[category])),
        amount(phrase('合计', 'Total')),
      ],
      rows,
    },
  ];
}

/** What each supporter owes the household in a year. */
export function supportTable(report: Report): Block[] {
  if (report.support.length === 0) return [];
  return [
    {
      kind: 'heading',
      text: phrase('赡养（抚养、扶养）费', 'Support owed'),
      aside: phrase('每年，单位：元', 'a year, in CNY'),
    },
    {
      kind: 'table',
      columns: [
        text('义务人', 'Supporter', 30),
        { ...text('金额', 'Amount', 25), align: 'right' },
        text('依据', 'Basis', 45),
      ],
      rows: report.support.map(({ supporter, amount, basis }) => ({
        cells: [personCell(report, supporter), [groupedYuan(amount)], [BASIS_TERMS[basis]]],
      })),
    },
  ];
}
