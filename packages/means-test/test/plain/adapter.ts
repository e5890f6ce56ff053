import {
  type AccountFact,
  type Assessment,
  type AssistanceFact,
  type BenefitKey,
  type Day,
  type DeathFact,
  type Fen,
  formatDay,
  type IncomeFact,
  type MaritalStatus,
  type MarriageFact,
  type Month,
  type NameKey,
  type PersonKey,
  parseDay,
  parseMonth,
  type RegistrationFact,
  type Relation,
  type RequestPerson,
  type RoleFact,
  type TaxItem,
  type VerificationType,
} from '@hedui/contracts';
import {
  assess,
  type CoverageEntry,
  foldIncome,
  type HouseholdCase,
  type PersonFacts,
  type Policy,
  recordTypeBit,
  sourceStates,
} from '@hedui/means-test';
import type { PlainResult } from './model.js';
import type { PlainLoad, PlainPerson, PlainType, RecordOf, World } from './world.js';

const must = <T>(value: T | null): T => {
  if (value === null) throw new Error('a date of the test is wrong');
  return value;
};
export const day = (text: string): Day => must(parseDay(text));
const dayOrNull = (text: string | null): Day | null => (text === null ? null : day(text));
const month = (text: string): Month => must(parseMonth(text));
const money = (value: bigint): Fen => Number(value) as Fen;

/** The household of a world as the package takes it. */
export function toCase(world: World): HouseholdCase {
  return {
    programme: world.programme,
    verificationType: world.verificationType as VerificationType,
    region: world.region,
    area: world.area,
    asOf: day(world.asOf),
    ownBenefit: world.ownBenefit as BenefitKey | null,
    persons: world.persons.map(toPerson),
  };
}

function toPerson(p: PlainPerson): RequestPerson {
  const [wage, operating, property, transfer, other] = p.declared.map(money);
  return {
    relation: p.relation as Relation,
    person: p.document as PersonKey,
    name: 'name' as NameKey,
    maritalStatus: p.maritalStatus as MaritalStatus | null,
    declared: [wage, operating, property, transfer, other] as [Fen, Fen, Fen, Fen, Fen],
    rigidExpenditure: money(p.rigid),
    householdSize: p.size,
    supportedPersons: p.supported,
    agreedSupport: p.agreed === null ? null : money(p.agreed),
  };
}

/** The facts of one row of a world, records under another name left out and noted. */
export function toFacts(world: World, row: number): PersonFacts {
  const all = world.records.filter((r) => r.row === row);
  const of = <T extends PlainType>(type: T): RecordOf<T>[] =>
    all.filter((r): r is RecordOf<T> => r.type === type && r.sameName);
  return {
    income: foldIncome(
      of('income').map(
        (r): IncomeFact => ({ period: month(r.period), item: r.item as TaxItem, gross: money(r.gross) }),
      ),
    ),
    registration: of('registration').map(
      (r): RegistrationFact => ({ ...r, registeredOn: day(r.registeredOn), disposedOn: dayOrNull(r.disposedOn) }),
    ),
    account: of('account').map(
      (r): AccountFact => ({
        recordId: r.recordId,
        opened: month(r.openedOn.slice(0, 7)),
        paidThrough: r.paidThrough === null ? null : month(r.paidThrough),
        wageBase: money(r.wageBase),
        balance: money(r.balance),
        status: r.status,
        loanRepayment: r.loan === null ? null : money(r.loan),
      }),
    ),
    role: of('role').map(
      (r): RoleFact => ({
        ...r,
        capital: r.capital === null ? null : money(r.capital),
        since: dayOrNull(r.since),
        until: dayOrNull(r.until),
      }),
    ),
    marriage: of('marriage').map(
      (r): MarriageFact => ({
        recordId: r.recordId,
        state: r.state as MarriageFact['state'],
        eventDate: day(r.eventDate),
        spouse: r.spouse as PersonKey,
      }),
    ),
    death: of('death').map((r): DeathFact => ({ deathDate: day(r.deathDate) })),
    assistance: of('assistance').map(
      (r): AssistanceFact => ({
        recordId: r.recordId,
        programme: r.programme,
        benefit: r.benefit as BenefitKey,
        region: r.region,
        from: day(r.from),
        to: dayOrNull(r.to),
      }),
    ),
    otherNames: all.reduce((mask, r) => (r.sameName ? mask : mask | recordTypeBit(r.type)), 0),
  };
}

/** What the mesh keeps of a history of loads: the last of each scope, and when its first full one came. */
export function toCoverage(loads: readonly PlainLoad[]): CoverageEntry[] {
  const entries = new Map<string, CoverageEntry>();
  loads.forEach((load, i) => {
    const key = `${load.source} ${load.type} ${load.scope}`;
    const firstFull = entries.get(key)?.firstFullSeq ?? (load.mode === 'full' ? i + 1 : null);
    entries.set(key, {
      source: load.source,
      recordType: load.type,
      scope: load.scope,
      mode: load.mode,
      asOf: day(load.asOf),
      seq: i + 1,
      firstFullSeq: firstFull,
    });
  });
  return [...entries.values()];
}

/** The arguments of `assess` for a world. */
export function toArguments(policy: Policy, world: World): Parameters<typeof assess> {
  const facts = world.persons.map((_, i) => toFacts(world, i + 1));
  const states = sourceStates(policy, toCoverage(world.loads), [], world.region, day(world.asOf));
  return [policy, toCase(world), facts, states];
}

/** Runs the package on a world. */
export function assessWorld(policy: Policy, world: World): Assessment {
  return assess(...toArguments(policy, world));
}

const findingText = (f: PlainResult['findings'][number]): string =>
  [f.code, f.effect, f.member, f.source, f.recordId, f.category].map(String).join(' ');

/** A plain result in the form that is compared: every figure, findings as a sorted set. */
export function comparablePlain(result: PlainResult): unknown {
  return { ...result, findings: result.findings.map(findingText).sort() };
}

/** An assessment in the same form. */
export function comparable(a: Assessment): unknown {
  return {
    conclusion: a.conclusion,
    tier: a.tier,
    n: a.countedMembers,
    income: BigInt(a.annualIncome),
    deductions: a.income.map((m) => BigInt(m.deduction)),
    support: a.support.map((s) => ({ ...s, amount: BigInt(s.amount) })),
    findings: a.findings
      .map((f) => findingText({ ...f, category: typeof f.detail.category === 'string' ? f.detail.category : null }))
      .sort(),
    sources: a.sources.map((s) => ({
      source: s.source,
      state: s.state,
      asOf: s.asOf === null ? null : formatDay(s.asOf),
    })),
  };
}
