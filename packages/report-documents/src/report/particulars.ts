import type { Bilingual } from '@hedui/contracts';
import { chinaTime, dateInWords, instantInWords, monthsAfter, yuanInWords } from '../amounts.js';
import type { Block, Cell, Row } from '../blocks.js';
import { DEFAULT_OBJECTION_DAYS, type ReportDocument } from '../document.js';
import { type Phrase, phrase } from '../phrase.js';
import {
  AREA_TERMS,
  CONCLUSION_TERMS,
  PROGRAMME_TERMS,
  TIER_TERMS,
  TIER_UNKNOWN,
  termOf,
  VERIFICATION_TERMS,
} from '../terms.js';

export const programmeOf = (document: ReportDocument): Bilingual =>
  document.programmeTitle ?? termOf(PROGRAMME_TERMS, document.report.programme);

/** The last day on which the report holds, by the calendar of China. */
export function validUntil(document: ReportDocument): string {
  const { report, validMonths } = document;
  return monthsAfter(chinaTime(report.issuedAt)?.day ?? report.asOf, validMonths);
}

/** Number, times, programme, place, centre: two pairs of label and value on a line. */
export function particulars(document: ReportDocument): Block {
  const { report, centre, printCount, validMonths } = document;
  const pairs: [Phrase, Phrase][] = [
    [phrase('报告编号', 'Report number'), report.reportNo],
    [phrase('出具时间', 'Issued'), instantInWords(report.issuedAt)],
    [phrase('核对基准日', 'As of'), dateInWords(report.asOf)],
    [
      phrase('有效期', 'Valid'),
      phrase('{months} 个月，至{until}', '{months} months, until {until}', {
        months: validMonths,
        until: dateInWords(validUntil(document)),
      }),
    ],
    [phrase('救助类型', 'Programme'), programmeOf(document)],
    [phrase('核对类型', 'Verification type'), VERIFICATION_TERMS[report.verificationType]],
    [
      phrase('区划 / 城乡', 'Region / area'),
      phrase('{region} / {area}', '{region} / {area}', { region: report.region, area: AREA_TERMS[report.area] }),
    ],
    [phrase('出具机构', 'Issued by'), { zh: centre.zh, en: centre.en }],
  ];
  if (report.householdRef !== null) pairs.push([phrase('家庭编号', 'Household'), report.householdRef]);
  if (printCount !== undefined) {
    pairs.push([phrase('打印次数', 'Printed'), phrase('第 {n} 次', 'print no. {n}', { n: printCount })]);
  }
  const rows: Row[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    const cells: Cell[] = [pairs[at] ?? ['', ''], pairs[at + 1] ?? ['', '']].flatMap(([label, value]) => [
      [label],
      [value],
    ]);
    rows.push({ cells });
  }
  return {
    kind: 'table',
    columns: [{ width: 15, label: true }, { width: 35 }, { width: 15, label: true }, { width: 35 }],
    rows,
  };
}

/** Conclusion in words, tier, and income against the standard. */
export function conclusionBlock({ report }: ReportDocument): Block {
  const tier = report.tier === null ? TIER_UNKNOWN : termOf(TIER_TERMS, report.tier);
  const perCapita =
    report.perCapitaMonthly === null
      ? phrase('不能计算（没有计入的成员）', 'cannot be told (nobody is counted)')
      : yuanInWords(report.perCapitaMonthly);
  return {
    kind: 'conclusion',
    conclusion: report.conclusion,
    text: phrase('核对结论：{c}', 'Conclusion: {c}', { c: CONCLUSION_TERMS[report.conclusion] }),
    lines: [
      phrase('可达到的最高救助层次：{tier}', 'Highest tier that the household would reach: {tier}', { tier }),
      phrase(
        '家庭月人均收入 {perCapita}；当地月标准 {standard}；家庭年收入 {annual}；计入 {n} 人',
        'Monthly income a head {perCapita}; local monthly standard {standard}; yearly income of the household {annual}; persons counted: {n}',
        {
          perCapita,
          standard: yuanInWords(report.standardMonthly),
          annual: yuanInWords(report.annualIncome),
          n: report.countedMembers,
        },
      ),
    ],
  };
}

/** What the report may be used for, how to object, and who issues it. */
export function closing(document: ReportDocument): Block[] {
  const { centre, objectionDays = DEFAULT_OBJECTION_DAYS } = document;
  const where = [centre.address, centre.telephone].filter((part) => part !== undefined);
  return [
    { kind: 'heading', text: phrase('说明', 'Notes') },
    { kind: 'paragraph', text: USE_STATEMENT },
    {
      kind: 'paragraph',
      text: phrase(
        '对核对结果有异议的，可自收到本报告之日起 {days} 日内向{centre}提出复核申请{where}。报告不作修改，复核后另行出具新报告。',
        'Objections: within {days} days of receiving this report, to {centre}{where}. A report is never changed: after a second check a new one takes its place.',
        {
          days: objectionDays,
          centre: { zh: centre.zh, en: centre.en },
          where: where.length === 0 ? '' : { zh: `（${where.join('，')}）`, en: ` (${where.join(', ')})` },
        },
      ),
    },
    {
      kind: 'paragraph',
      text: phrase(
        '疑点由数据比对产生，本身不构成不予救助的决定，由救助审核机关审核认定。“未反馈”表示该来源没有答复，不代表查询后没有记录。',
        'Findings come from comparing records. None of them denies assistance by itself: the reviewing authority decides. “No reply” means that the source did not answer, not that it holds no record.',
      ),
    },
    {
      kind: 'signature',
      lines: [
        { zh: centre.zh, en: centre.en },
        dateInWords(chinaTime(document.report.issuedAt)?.day ?? document.report.issuedAt),
      ],
    },
  ];
}

export const USE_STATEMENT = phrase('本报告仅供本地区社会救助审核使用。', 'For assistance review in this area only.');
