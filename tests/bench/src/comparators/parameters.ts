import {
  type Day,
  FINDING_CODES,
  FINDING_DEFAULTS,
  type FindingCode,
  formatDay,
  type Month,
  monthOf,
  monthsBefore,
  parseDay,
  parseYuan,
  RECORD_TYPES,
  regionPrefix,
  SOURCES,
} from '@hedui/contracts';
import { type Policy, parsePolicy, policyDocumentOf } from '@hedui/means-test';

/** One row of B or D: fen by region prefix, area and date. */
export interface AmountRow {
  prefix: string;
  area: string;
  from: string;
  amount: number;
}

/** A load of a city as its `loads.json` says it, in the order in which it is made. */
export interface CityLoad {
  source: string;
  type: string;
  file: string;
  scope: string;
  asOf: string;
  mode: 'full' | 'delta';
}

/** What the comparators' SQL is written with: a policy at a date, as literals and small tables. */
export interface Parameters {
  policy: Policy;
  /** T, YYYY-MM-DD. */
  asOf: string;
  /** The first month of the window and the month after its last: T's own. */
  windowStart: Month;
  windowEnd: Month;
  /** before(T, recentMonths), YYYY-MM-DD. */
  recentAfter: string;
  standards: AmountRow[];
  disposable: AmountRow[];
  loads: readonly CityLoad[];
}

function known<T>(value: T | null, what: string): T {
  if (value === null) throw new TypeError(`${what} cannot be read`);
  return value;
}

/** Compiles a policy document (YAML) and a city's loads for the comparators. Throws TypeError on a policy that is not valid. */
export function parametersOf(policyText: string, asOf: string, loads: readonly CityLoad[]): Parameters {
  const parsed = parsePolicy(policyText, 'yaml');
  if (!parsed.ok) throw new TypeError(`the policy is not valid: ${JSON.stringify(parsed.errors)}`);
  const document = policyDocumentOf(parsed.canonical);
  const day: Day = known(parseDay(asOf), 'the as-of date');
  const month = monthOf(day);
  const row = (entry: { region: string; area: string; from: string }, amount: string | number): AmountRow => ({
    prefix: regionPrefix(entry.region),
    area: entry.area,
    from: entry.from,
    amount: known(parseYuan(String(amount)), 'an amount of the policy'),
  });
  return {
    policy: parsed.policy,
    asOf,
    windowStart: (month - 12) as Month,
    windowEnd: month,
    recentAfter: formatDay(monthsBefore(day, parsed.policy.recentMonths)),
    standards: document.standards.map((entry) => row(entry, entry.monthly)),
    disposable: (document.disposableIncome ?? []).map((entry) => row(entry, entry.yearly)),
    loads,
  };
}

/** The number of a finding code in the comparators' tables: its place in the registry. */
export const codeNo = (code: FindingCode): number => FINDING_CODES.indexOf(code);
/** The bit of a code in a mask of codes. */
export const codeBit = (code: FindingCode): number => 2 ** codeNo(code);
export const sourceNo = (source: (typeof SOURCES)[number]): number => SOURCES.indexOf(source);

/** An SQL text literal. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const orNull = (value: number | string | null): string =>
  value === null ? 'null' : typeof value === 'number' ? String(value) : text(value);
const values = (rows: (number | string | null)[][]): string =>
  rows.map((row) => `(${row.map(orNull).join(', ')})`).join(',\n');

const maskOf = (codes: readonly FindingCode[]): number => codes.reduce((mask, code) => mask + codeBit(code), 0);
export const sourceMask = (sources: readonly (typeof SOURCES)[number][]): number =>
  sources.reduce((mask, source) => mask + 2 ** sourceNo(source), 0);

/** Codes that have a rule: the others are never raised, and their bits would leave the range of a mask. */
const RAISED = FINDING_CODES.slice(0, 31);

/** Masks of the codes that fail, or call for a review, under a programme. */
export function effectMasks(policy: Policy, programme: string): { fails: number; review: number } {
  const effects = policy.programmes.get(programme)?.effects ?? FINDING_DEFAULTS;
  const having = (effect: string) => maskOf(RAISED.filter((code) => effects[code] === effect));
  return { fails: having('fails'), review: having('review') };
}

/** Statements that make the parameter tables: amounts, programmes, effects, sources and loads. Both databases take them. */
export function parameterTables(p: Parameters): string[] {
  const amounts = (name: string, rows: AmountRow[]): string[] => [
    `create table ${name} (prefix text, area text, from_date date, amount int8)`,
    ...(rows.length > 0
      ? [`insert into ${name} values ${values(rows.map((r) => [r.prefix, r.area, r.from, r.amount]))}`]
      : []),
  ];
  const programmes = [...p.policy.programmes.values()].map((g) => {
    const masks = effectMasks(p.policy, g.code);
    return [
      g.code,
      g.incomeCeiling,
      g.incomeCeilingDisposable ? 1 : 0,
      g.expenditureTest ? 1 : 0,
      g.maxVehicles,
      g.fundBalanceMonths,
      g.investorCapital,
      g.exclusive ? 1 : 0,
      sourceMask(g.requires),
      masks.fails,
      masks.review,
    ];
  });
  const effects = [...p.policy.programmes.values()].flatMap((g) =>
    RAISED.map((code) => [g.code, codeNo(code), code, g.effects[code]]),
  );
  const types = (source: string): number => RECORD_TYPES.filter((entry) => entry.source === source).length;
  return [
    ...amounts('policy_standard', p.standards),
    ...amounts('policy_disposable', p.disposable),
    `create table policy_programme (programme text, income_ceiling int8, by_disposable int4, by_expenditure int4,
       max_vehicles int4, fund_months int8, investor_capital int8, exclusive int4, requires int4, fails int8, review int8)`,
    `insert into policy_programme values ${values(programmes)}`,
    `create table policy_effect (programme text, code_no int4, code text, effect text)`,
    `insert into policy_effect values ${values(effects)}`,
    `create table source (source_no int4, source text, types int4, freshness int4)`,
    `insert into source values ${values(SOURCES.map((s, i) => [i, s, types(s), p.policy.freshness[s]]))}`,
    `create table load (seq int4, source text, record_type text, scope text, prefix text, mode text, as_of date)`,
    `insert into load values ${values(
      p.loads.map((l, i) => [i + 1, l.source, l.type, l.scope, regionPrefix(l.scope), l.mode, l.asOf]),
    )}`,
  ];
}
