import { formatYuan, INCOME_CATEGORIES, type Report } from '@hedui/contracts';

/** One report as one line of text: equal lines are equal reports in everything that the formats name. */
export interface Line {
  ref: string;
  text: string;
}

/** The figures of a report in yuan and in a fixed order, from whichever system. */
export interface Figures {
  ref: string;
  head: readonly (string | number | null)[];
  conclusion: string;
  tier: string | null;
  countedMembers: number;
  standardMonthly: string;
  annualIncome: string;
  perCapitaMonthly: string | null;
  /** By member: 5 × declared, verified, assessed, then the deduction. */
  income: readonly (string | number)[][];
  support: readonly (string | number)[][];
  /** Code, effect, member, source, record id, and what `detail` must tell: the category or the ceiling. */
  findings: readonly (string | number | null)[][];
  sources: readonly (string | null)[][];
}

const byText = (a: unknown, b: unknown): number => {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
};
const byFirst = (a: readonly unknown[], b: readonly unknown[]): number => Number(a[0]) - Number(b[0]);

/** The line of one report; findings are a set. */
export function lineOf(f: Figures): Line {
  const ordered: Figures = {
    ...f,
    income: [...f.income].sort(byFirst),
    support: [...f.support].sort(byFirst),
    findings: [...f.findings].sort(byText),
  };
  return { ref: f.ref, text: JSON.stringify(ordered, KEYS) };
}

/** Keys in one order whoever made the object; arrays are written whole. */
const KEYS: string[] = [
  'ref',
  'head',
  'conclusion',
  'tier',
  'countedMembers',
  'standardMonthly',
  'annualIncome',
  'perCapitaMonthly',
  'income',
  'support',
  'findings',
  'sources',
];

/** A report of Hedui as a line. */
export function lineOfReport(report: Report): Line {
  const detail = (found: Report['findings'][number]): string | null => {
    const told = found.code === 'INCOME_OVER' ? found.detail.ceiling : found.detail.category;
    return typeof told === 'string' ? told : null;
  };
  return lineOf({
    ref: report.householdRef ?? '',
    head: [report.programme, report.verificationType, report.region, report.area],
    conclusion: report.conclusion,
    tier: report.tier,
    countedMembers: report.countedMembers,
    standardMonthly: report.standardMonthly,
    annualIncome: report.annualIncome,
    perCapitaMonthly: report.perCapitaMonthly,
    income: report.income.map((i) => [
      i.member,
      ...INCOME_CATEGORIES.flatMap((name) => [i[name].declared, i[name].verified, i[name].assessed]),
      i.deduction,
    ]),
    support: report.support.map((s) => [s.supporter, s.amount, s.basis]),
    findings: report.findings.map((f) => [f.code, f.effect, f.member, f.source, f.recordId, detail(f)]),
    sources: report.sources.map((s) => [s.source, s.state, s.asOf]),
  });
}

/** Rows of a comparator's tables, whatever its driver makes of int8. */
export type Cell = string | number | bigint | boolean | null;
export type Row = readonly Cell[];

const yuan = (cell: Cell | undefined): string => formatYuan(Number(cell));

/** A comparator's report as a line, from its row and those of its incomes, supports and findings (see `stored.ts`). */
export function lineOfRows(report: Row, income: Row[], support: Row[], findings: Row[]): Line {
  const [, ref, programme, type, region, area, conclusion, tier, counted, monthly, annual, perCapita, sources] = report;
  const told = JSON.parse(String(sources)) as { source: string; state: string; asOf: string | null }[];
  return lineOf({
    ref: String(ref),
    head: [String(programme), String(type), String(region), String(area)],
    conclusion: String(conclusion),
    tier: tier == null ? null : String(tier),
    countedMembers: Number(counted),
    standardMonthly: yuan(monthly),
    annualIncome: yuan(annual),
    perCapitaMonthly: perCapita == null ? null : yuan(perCapita),
    income: income.map(([, member, dw, vw, dop, vop, dp, vp, dt, dot, vot, deduction]) => [
      Number(member),
      ...[
        [dw, vw],
        [dop, vop],
        [dp, vp],
        [dt, 0],
        [dot, vot],
      ].flatMap(([declared, verified]) => [
        yuan(declared),
        yuan(verified),
        yuan(Math.max(Number(declared), Number(verified))),
      ]),
      yuan(deduction),
    ]),
    support: support.map(([, supporter, amount, basis]) => [Number(supporter), yuan(amount), String(basis)]),
    findings: findings.map(([, code, effect, member, source, record, detail]) => [
      String(code),
      String(effect),
      member == null ? null : Number(member),
      source == null ? null : String(source),
      record == null ? null : String(record),
      detail == null ? null : String(detail),
    ]),
    sources: told.map((s) => [s.source, s.state, s.asOf]),
  });
}
