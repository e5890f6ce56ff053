import { FINDING_TITLES, type Report, SOURCES } from '@hedui/contracts';
import type { Block, Cell, Column, Row } from '../blocks.js';
import { factsOf, inWords, type ReportFinding } from '../details.js';
import { personCell } from '../persons.js';
import { type Phrase, phrase, quiet } from '../phrase.js';
import { EFFECT_TERMS, SOURCE_TERMS, STATE_TERMS, termOf } from '../terms.js';

const DASH = '—';
const number = (width: number): Column => ({ heading: phrase('序号', 'No.'), width, align: 'centre' });
const column = (zh: string, en: string, width: number): Column => ({ heading: phrase(zh, en), width });

type SourceAnswer = Report['sources'][number];

const titleCell = (finding: ReportFinding): Cell => [FINDING_TITLES[finding.code], quiet(finding.code)];

function detailCell(finding: ReportFinding): Cell {
  const facts = factsOf(finding);
  return facts.length === 0 ? [DASH] : [inWords(facts)];
}

/** The suspicious items of the whole report, numbered as the tables by source refer to them. */
export function findingsTable(report: Report): Block[] {
  const { findings } = report;
  const heading: Block = {
    kind: 'heading',
    text: phrase('疑点', 'Findings'),
    aside: phrase('共 {n} 项', '{n} in all', { n: findings.length }),
  };
  if (findings.length === 0) {
    const silent = report.sources.some(({ state }) => state !== 'answered');
    const text = silent
      ? phrase(
          '没有列出疑点；未反馈或数据过期的来源情况不明。',
          'No findings are listed; of sources that are silent or out of date nothing is known.',
        )
      : phrase('没有列出疑点。', 'No findings are listed.');
    return [heading, { kind: 'paragraph', text }];
  }
  return [
    heading,
    {
      kind: 'table',
      columns: [
        number(6),
        column('疑点', 'Finding', 25),
        column('效力', 'Effect', 13),
        column('人员', 'Person', 14),
        column('来源 / 记录编号', 'Source / record', 17),
        column('说明', 'Detail', 31),
      ],
      rows: findings.map((finding, at) => ({
        cells: [
          [String(at + 1)],
          titleCell(finding),
          [EFFECT_TERMS[finding.effect]],
          personCell(report, finding.member),
          sourceCell(finding),
          detailCell(finding),
        ],
      })),
    },
  ];
}

function sourceCell({ source, recordId }: ReportFinding): Cell {
  if (source === null) return [phrase('测算', 'Computed')];
  const name: Phrase = termOf(SOURCE_TERMS, source);
  return recordId === null ? [name] : [name, quiet(recordId)];
}

/** Which sources answered, and how old their data is. */
export function answersTable({ sources }: Report): Block[] {
  return [
    { kind: 'heading', text: phrase('信息来源反馈情况', 'Sources') },
    {
      kind: 'table',
      columns: [
        column('来源', 'Source', 30),
        column('反馈情况', 'State', 25),
        column('数据日期', 'Date of the data', 20),
        column('备注', 'Remark', 35),
      ],
      rows: sources.map((answer) => ({
        cells: [
          [termOf(SOURCE_TERMS, answer.source)],
          [STATE_TERMS[answer.state]],
          [answer.asOf ?? DASH],
          [answer.loading ? phrase('出具报告时数据正在更新', 'being updated while the report was made') : DASH],
        ],
      })),
    },
  ];
}

/** One table for each source, the known ones first, then the findings that come of no source. */
export function sourceTables(report: Report): Block[] {
  const named = [...report.sources.map(({ source }) => source), ...report.findings.map(({ source }) => source)];
  const known: readonly string[] = SOURCES;
  const place = (source: string): number => (known.includes(source) ? known.indexOf(source) : known.length);
  const sources = [...new Set(named.filter((source) => source !== null))].sort((a, b) => place(a) - place(b));
  const blocks: Block[] = [{ kind: 'heading', text: phrase('各来源核对结果', 'Results by source') }];
  for (const source of sources) {
    blocks.push(
      ...sourceTable(
        report,
        source,
        report.sources.find((answer) => answer.source === source),
      ),
    );
  }
  if (report.findings.some(({ source }) => source === null)) blocks.push(...sourceTable(report, null, undefined));
  return blocks;
}

function sourceTable(report: Report, source: string | null, answer: SourceAnswer | undefined): Block[] {
  const name = source === null ? phrase('家庭测算', 'Computed from all sources') : termOf(SOURCE_TERMS, source);
  const heading: Block = {
    kind: 'heading',
    minor: true,
    text: name,
    ...(answer === undefined ? {} : { aside: stateOf(answer) }),
  };
  const rows: Row[] = report.findings
    .map((finding, at) => ({ finding, at }))
    .filter(({ finding }) => finding.source === source && !isAnswerState(finding))
    .map(({ finding, at }) => ({
      cells: [
        [String(at + 1)],
        personCell(report, finding.member),
        titleCell(finding),
        [finding.recordId ?? DASH],
        detailCell(finding),
      ],
    }));
  const remark = remarkOf(answer, rows.length);
  if (rows.length === 0) {
    return [heading, { kind: 'table', columns: [{ width: 1 }], rows: [{ cells: [[remark ?? DASH]] }] }];
  }
  if (remark !== null) rows.push({ section: [remark] });
  return [heading, { kind: 'table', columns: SOURCE_COLUMNS, rows }];
}

const SOURCE_COLUMNS: readonly Column[] = [
  number(7),
  column('人员', 'Person', 16),
  column('疑点', 'Finding', 25),
  column('记录编号', 'Record', 18),
  column('说明', 'Detail', 40),
];

/** These two tell the state of the source, which the table tells by itself. */
const isAnswerState = ({ code }: ReportFinding): boolean => code === 'SOURCE_NO_REPLY' || code === 'STALE_DATA';

function stateOf({ state, asOf }: SourceAnswer): { zh: string; en: string } {
  const word = STATE_TERMS[state];
  if (asOf === null) return word;
  return phrase('{word}（数据日期 {asOf}）', '{word} (data of {asOf})', { word, asOf });
}

/** Nothing found is said only of a source that answered: silence proves nothing. */
function remarkOf(answer: SourceAnswer | undefined, found: number): Phrase | null {
  if (answer === undefined) return null;
  if (answer.state === 'answered') {
    return found > 0 ? null : phrase('已反馈，未发现疑点', 'Answered; nothing was found');
  }
  return answer.state === 'stale'
    ? phrase('数据过期，不能作为最新情况的依据', 'The data is too old to tell how things stand')
    : phrase('未反馈，情况不明，不能视为核对通过', 'No reply: not known, and not to be taken as cleared');
}
