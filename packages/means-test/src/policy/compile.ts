import {
  type Area,
  type Day,
  type Effect,
  type Fen,
  FINDING_CODES,
  FINDING_DEFAULTS,
  type FindingCode,
  type Hundredths,
  parseDay,
  SOURCES,
  type SourceName,
} from '@hedui/contracts';
import { type AmountTable, amountTable } from './amounts.js';
import { readHundredths, readMoney } from './decimal.js';
import type { PolicyDocument, ProgrammeDocument } from './document.js';

/** Where the effect of a finding code comes from. */
export type EffectOrigin = 'programme' | 'policy' | 'default' | 'fixed';

/** One programme of a policy, its effects resolved. A test that the document leaves out is null or false. */
export interface Programme {
  code: string;
  area: Area | null;
  /** Multiple of B, in hundredths. */
  incomeCeiling: Hundredths | null;
  incomeCeilingDisposable: boolean;
  expenditureTest: boolean;
  maxVehicles: number | null;
  /** Multiple of B a head, in hundredths. */
  fundBalanceMonths: Hundredths | null;
  investorCapital: Fen | null;
  requires: readonly SourceName[];
  /** The programme is one of `exclusiveProgrammes`. */
  exclusive: boolean;
  effects: Readonly<Record<FindingCode, Effect>>;
  /** Where each effect was said; `fixed` is beyond any policy (README §9). */
  effectOrigins: Readonly<Record<FindingCode, EffectOrigin>>;
  /** The codes whose effect is `fails`, as the sum of their `findingBit`s. */
  failsMask: number;
}

/** One rung of the tiers: the programme that stands for it in each area, null where there is none. */
export interface Tier {
  code: string;
  urban: Programme | null;
  rural: Programme | null;
  /** The programme that the policy writes down for each area, be it one of the other area or not. */
  named: Readonly<Record<Area, string | null>>;
}

/** A policy ready for `assess`: amounts in fen, percentages and multiples in hundredths, dates as days. */
export interface Policy {
  id: string;
  version: number;
  title: { zh: string; en: string } | null;
  effectiveFrom: Day;
  standards: AmountTable;
  disposableIncome: AmountTable;
  /** Days; null: the source never grows stale. */
  freshness: Readonly<Record<SourceName, number | null>>;
  tolerance: { percent: Hundredths; yearly: Fen };
  employmentCost: { percent: Hundredths; yearlyCap: Fen };
  supporter: { standardMultiple: Hundredths; ratePercent: Hundredths };
  recentMonths: number;
  /** Null: no FUND_LOAN test. */
  loanRepayment: Fen | null;
  exemptPlateTypes: ReadonlySet<string>;
  goneStatus: readonly string[];
  exclusiveProgrammes: ReadonlySet<string>;
  programmes: ReadonlyMap<string, Programme>;
  tiers: readonly Tier[];
}

/** One bit for each code that a rule raises, so that the effects of a whole household are two comparisons. */
export const findingBit = Object.fromEntries(FINDING_CODES.map((code, i) => [code, i < 31 ? 1 << i : 0])) as Record<
  FindingCode,
  number
>;

/** Compiles a document that has passed the schema and the checks of meaning; throws TypeError on one that has not. */
export function compilePolicy(document: PolicyDocument): Policy {
  const exclusiveProgrammes = new Set(document.exclusiveProgrammes);
  const programmes = new Map<string, Programme>();
  for (const [code, programme] of Object.entries(document.programmes)) {
    programmes.set(code, compileProgramme(code, programme, document.effects, exclusiveProgrammes.has(code)));
  }
  const named = (code: string | undefined): Programme | null => {
    if (code === undefined) return null;
    const programme = programmes.get(code);
    if (programme === undefined) throw new TypeError('a tier names a programme that the policy does not have');
    return programme;
  };
  return {
    id: document.id,
    version: document.version,
    title: document.title ?? null,
    effectiveFrom: day(document.effectiveFrom),
    standards: amountTable(
      document.standards.map((row) => ({ ...row, from: day(row.from), amount: fen(row.monthly) })),
    ),
    disposableIncome: amountTable(
      (document.disposableIncome ?? []).map((row) => ({ ...row, from: day(row.from), amount: fen(row.yearly) })),
    ),
    freshness: Object.fromEntries(SOURCES.map((source) => [source, document.freshness[source] ?? null])) as Record<
      SourceName,
      number | null
    >,
    tolerance: { percent: hundredths(document.tolerance.percent), yearly: fen(document.tolerance.yearly) },
    employmentCost: {
      percent: hundredths(document.employmentCost.percent),
      yearlyCap: (12 * fen(document.employmentCost.monthlyCap)) as Fen,
    },
    supporter: {
      standardMultiple: hundredths(document.supporter.standardMultiple),
      ratePercent: hundredths(document.supporter.ratePercent),
    },
    recentMonths: document.recentMonths,
    loanRepayment: document.loanRepayment === undefined ? null : fen(document.loanRepayment),
    exemptPlateTypes: new Set(document.vehicles.exemptPlateTypes),
    goneStatus: document.vehicles.goneStatus,
    exclusiveProgrammes,
    programmes,
    tiers: document.tiers.map((tier) => ({
      code: tier.code,
      urban: inArea(named(tier.urban ?? tier.programme), 'urban'),
      rural: inArea(named(tier.rural ?? tier.programme), 'rural'),
      named: { urban: tier.urban ?? tier.programme ?? null, rural: tier.rural ?? tier.programme ?? null },
    })),
  };
}

/** A programme of the other area is passed over. */
function inArea(programme: Programme | null, area: Area): Programme | null {
  return programme === null || programme.area === null || programme.area === area ? programme : null;
}

function compileProgramme(
  code: string,
  programme: ProgrammeDocument,
  policyEffects: PolicyDocument['effects'],
  exclusive: boolean,
): Programme {
  // A source that is silent is reported, never judged: these two keep `info` whatever the policy says.
  const effects: Record<FindingCode, Effect> = {
    ...FINDING_DEFAULTS,
    ...policyEffects,
    ...programme.effects,
    SOURCE_NO_REPLY: 'info',
    STALE_DATA: 'info',
  };
  return {
    code,
    area: programme.area ?? null,
    incomeCeiling: programme.incomeCeiling === undefined ? null : hundredths(programme.incomeCeiling),
    incomeCeilingDisposable: programme.incomeCeilingDisposable ?? false,
    expenditureTest: programme.expenditureTest ?? false,
    maxVehicles: programme.maxVehicles ?? null,
    fundBalanceMonths: programme.fundBalanceMonths === undefined ? null : hundredths(programme.fundBalanceMonths),
    investorCapital: programme.investorCapital === undefined ? null : fen(programme.investorCapital),
    requires: programme.requires,
    exclusive,
    effects,
    effectOrigins: Object.fromEntries(FINDING_CODES.map((c) => [c, originOf(c, programme, policyEffects)])) as Record<
      FindingCode,
      EffectOrigin
    >,
    failsMask: FINDING_CODES.reduce((mask, c) => (effects[c] === 'fails' ? mask | findingBit[c] : mask), 0),
  };
}

function originOf(
  finding: FindingCode,
  programme: ProgrammeDocument,
  policyEffects: PolicyDocument['effects'],
): EffectOrigin {
  if (finding === 'SOURCE_NO_REPLY' || finding === 'STALE_DATA') return 'fixed';
  if (programme.effects?.[finding] !== undefined) return 'programme';
  return policyEffects?.[finding] !== undefined ? 'policy' : 'default';
}

function fen(value: string | number): Fen {
  return given(readMoney(value), 'money');
}
function hundredths(value: string | number): Hundredths {
  return given(readHundredths(value), 'number');
}
function day(text: string): Day {
  return given(parseDay(text), 'date');
}
function given<T>(value: T | null, what: string): T {
  if (value === null) throw new TypeError(`a ${what} of the policy was not checked`);
  return value;
}
