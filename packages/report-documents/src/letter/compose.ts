import type { Report } from '@hedui/contracts';
import { chinaTime, dateInWords, yuanInWords } from '../amounts.js';
import type { Block, Composition, Item } from '../blocks.js';
import { factsOf, inWords, type ReportFinding } from '../details.js';
import { DEFAULT_OBJECTION_DAYS, type ReportDocument } from '../document.js';
import { personInWords } from '../persons.js';
import { type Phrase, phrase } from '../phrase.js';
import { programmeOf } from '../report/particulars.js';
import { SOURCE_TERMS, termOf } from '../terms.js';
import { PLAIN_CONCLUSIONS, PLAIN_FINDINGS, PLAIN_SOURCES } from './plain-words.js';

const TITLE = phrase('家庭经济状况核对结果告知书', 'The result of the check of your household');

/** Facts that say something to a family; limits of the office's own working and codes of regions do not. */
const FACTS_FOR_A_FAMILY = new Set([
  'category',
  'programme',
  'role',
  'entityType',
  'capital',
  'plateType',
  'useNature',
  'registeredOn',
  'disposedOn',
  'state',
  'eventDate',
  'deathDate',
  'from',
  'to',
  'monthlyRepayment',
  'balance',
  'amount',
  'declared',
  'verified',
  'annualIncome',
  'expenditure',
  'limit',
]);

function factInWords(report: Report, finding: ReportFinding): Phrase | null {
  const words = inWords(factsOf(finding).filter(({ key, known }) => known && FACTS_FOR_A_FAMILY.has(key)));
  if (finding.member === null) return words.zh === '' ? null : words;
  const who = personInWords(report, finding.member);
  return words.zh === '' ? who : phrase('{who}：{words}', '{who}: {words}', { who, words });
}

/** What matters: the findings that fail the household or that a person must look at, one item a kind. */
function itemsOf({ report, paperFor }: ReportDocument): Item[] {
  const weighty = report.findings.filter(({ effect }) => effect !== 'info');
  const codes = [...new Set(weighty.map(({ code }) => code))];
  return codes.map((code) => {
    const facts = weighty.filter((finding) => finding.code === code).map((finding) => factInWords(report, finding));
    const paper = paperFor?.(code);
    return {
      text: PLAIN_FINDINGS[code],
      facts: facts.filter((fact) => fact !== null),
      remedy: paper && phrase('可以解决的材料或办法：{paper}', 'What would clear this: {paper}', { paper }),
    };
  });
}

function answerInWords({ source, state, asOf }: Report['sources'][number]): Item {
  const what = Object.hasOwn(PLAIN_SOURCES, source) ? PLAIN_SOURCES[source] : undefined;
  const name = what ?? termOf(SOURCE_TERMS, source);
  const day = asOf === null ? null : dateInWords(asOf);
  if (state === 'answered') {
    const text =
      day === null
        ? phrase('{name}。已答复。', '{name}. Answered.', { name })
        : phrase('{name}。已答复，情况截至{day}。', '{name}. Answered, as things stood on {day}.', { name, day });
    return { text, facts: [] };
  }
  return state === 'stale'
    ? {
        text: phrase(
          '{name}。提供的数据不够新，需要等待更新。',
          '{name}. The data is not new enough; newer data is awaited.',
          { name },
        ),
        facts: [],
      }
    : {
        text: phrase('{name}。还没有答复，情况不明。', '{name}. Has not answered yet; not known.', { name }),
        facts: [],
      };
}

function figures({ report }: ReportDocument): Block[] {
  if (report.perCapitaMonthly === null) return [];
  return [
    {
      kind: 'paragraph',
      text: phrase(
        '计算收入时计入 {n} 人。全家一年的收入算为 {annual}，平均每人每月 {perCapita}；当地的月标准是每人 {standard}。',
        '{n} person(s) were counted. The income of the household was worked out at {annual} a year, that is {perCapita} a month for each person; the local standard is {standard} a month for each person.',
        {
          n: report.countedMembers,
          annual: yuanInWords(report.annualIncome),
          perCapita: yuanInWords(report.perCapitaMonthly),
          standard: yuanInWords(report.standardMonthly),
        },
      ),
    },
  ];
}

function objection(document: ReportDocument): Block[] {
  const { centre, objectionDays = DEFAULT_OBJECTION_DAYS, report } = document;
  const lines: Block[] = [
    { kind: 'heading', text: phrase('如果您认为有误', 'If you think that something is wrong') },
    {
      kind: 'paragraph',
      text: phrase(
        '请在收到本告知书之日起 {days} 日内，带上身份证件、本告知书和能说明情况的材料，到{centre}提出。我们会对您提出的问题重新查询，并出具新的报告。',
        'Within {days} days of receiving this letter, bring your identity document, this letter and any paper that explains the matter to {centre}. What you object to will be checked again, and a new report will be made.',
        { days: objectionDays, centre: { zh: centre.zh, en: centre.en } },
      ),
    },
  ];
  if (centre.address !== undefined) {
    lines.push({
      kind: 'paragraph',
      text: phrase('地址：{address}', 'Address: {address}', { address: centre.address }),
    });
  }
  if (centre.telephone !== undefined) {
    lines.push({
      kind: 'paragraph',
      text: phrase('电话：{telephone}', 'Telephone: {telephone}', { telephone: centre.telephone }),
    });
  }
  lines.push({
    kind: 'paragraph',
    tone: 'note',
    text: phrase(
      '核对结果只用于本地区的社会救助审核。是否给予救助，由审核部门的工作人员决定。咨询时请报编号 {no}。',
      'The result is used for the review of assistance in this area only. Whether assistance is given is decided by the reviewing office, by people. When you ask about it, give the number {no}.',
      { no: report.reportNo },
    ),
  });
  return lines;
}

/** A letter to the applicant in plain words: what was checked, the result, what matters, how to object. */
export function composeLetter(document: ReportDocument): Composition {
  const { report, centre } = document;
  const applicant = report.persons.find(({ relation }) => relation === 'applicant')?.name;
  const items = itemsOf(document);
  const found: Block[] =
    items.length === 0
      ? []
      : [
          { kind: 'heading', text: phrase('需要您了解的情况', 'What was found that matters') },
          { kind: 'items', items },
        ];
  return {
    title: TITLE,
    running: phrase('编号 {no}', 'Number {no}', { no: report.reportNo }),
    foot: [phrase('本告知书含个人信息，请妥善保管。', 'This letter holds personal information: please keep it safe.')],
    issuedAt: report.issuedAt,
    asOf: report.asOf,
    author: { zh: centre.zh, en: centre.en },
    blocks: [
      { kind: 'title', text: TITLE },
      {
        kind: 'paragraph',
        text:
          applicant === undefined
            ? phrase('您好：', 'Dear applicant,')
            : phrase('{name}，您好：', 'Dear {name},', { name: applicant }),
      },
      {
        kind: 'paragraph',
        text: phrase(
          '经您和家人书面同意，我们为“{programme}”核对了您家截至{asOf}的经济状况，涉及 {n} 人。',
          'With the written consent of you and your family we have checked the economic situation of your household as of {asOf} for the programme “{programme}”. {n} person(s) were covered.',
          { programme: programmeOf(document), asOf: dateInWords(report.asOf), n: report.persons.length },
        ),
      },
      { kind: 'conclusion', conclusion: report.conclusion, text: PLAIN_CONCLUSIONS[report.conclusion], lines: [] },
      ...figures(document),
      ...found,
      { kind: 'heading', text: phrase('我们查询了哪些部门', 'Which offices were asked') },
      { kind: 'items', items: report.sources.map(answerInWords) },
      ...objection(document),
      {
        kind: 'signature',
        lines: [{ zh: centre.zh, en: centre.en }, dateInWords(chinaTime(report.issuedAt)?.day ?? report.issuedAt)],
      },
    ],
  };
}
