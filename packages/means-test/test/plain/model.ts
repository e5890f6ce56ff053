import { FINDING_DEFAULTS } from '@hedui/contracts';
import { before, disposable, fen, hundredths, monthBack, SOURCE_NAMES, sourceState, standard } from './arithmetic.js';
import type { PlainPerson, PlainProgramme, PlainType, RecordOf, World } from './world.js';

/**
 * A second model of the rules: slow, literal, one sentence after the other, bigint and text dates, no code shared with
 * the package but the table of default effects. The differential test compares the two. One long file on purpose: it is
 * there to be read against the rules from top to bottom.
 */
export interface PlainFinding {
  code: string;
  effect: string;
  member: number | null;
  source: string | null;
  recordId: string | null;
  category: string | null;
}
export interface PlainResult {
  conclusion: string;
  tier: string | null;
  n: number;
  income: bigint;
  deductions: bigint[];
  support: { supporter: number; amount: bigint; basis: string }[];
  findings: PlainFinding[];
  sources: { source: string; state: string; asOf: string | null }[];
}
interface Row {
  number: number;
  person: PlainPerson;
  dead: boolean;
}

const CATEGORY: Record<string, number> = {
  wages: 0,
  labour_service: 0,
  author_royalty: 0,
  operating: 1,
  licence_royalty: 2,
  interest_dividend: 2,
  property_lease: 2,
  property_transfer: 2,
  incidental: 4,
};
const SOURCE_OF: Record<PlainType, string> = {
  income: 'tax',
  registration: 'vehicle',
  account: 'housing_fund',
  role: 'business_registry',
  marriage: 'civil_affairs',
  death: 'civil_affairs',
  assistance: 'civil_affairs',
};
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
const codePoints = (text: string): number[] => [...text].map((c) => c.codePointAt(0) ?? 0);
function codePointOrder(a: string, b: string): number {
  const x = codePoints(a);
  const y = codePoints(b);
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const d = (x[i] ?? 0) - (y[i] ?? 0);
    if (d !== 0) return d;
  }
  return x.length - y.length;
}

export function plainAssess(world: World): PlainResult {
  const { policy, asOf: T } = world;
  const B = standard(policy, world.region, world.area, T);
  const D = disposable(policy, world.region, world.area, T);
  const programme = policy.programmes[world.programme];
  if (B === null || programme === undefined) throw new Error('the world must be assessable');

  const ofRow = <K extends PlainType>(row: number, type: K): RecordOf<K>[] =>
    world.records.filter((r): r is RecordOf<K> => r.row === row && r.type === type && r.sameName);
  const rows: Row[] = world.persons.map((person, i) => ({
    number: i + 1,
    person,
    dead: ofRow(i + 1, 'death').some((r) => r.deathDate <= T),
  }));
  const members = rows.filter((r) => r.person.relation !== 'supporter');
  const counted = members.filter((r) => !r.dead);
  const supporters = rows.filter((r) => r.person.relation === 'supporter');
  const n = BigInt(counted.length);
  const window = Array.from({ length: 12 }, (_, i) => monthBack(T.slice(0, 7), i + 1));
  const active = (r: RecordOf<'assistance'>): boolean => r.from <= T && (r.to === null || r.to >= T);
  const exclusive = (code: string): boolean => policy.exclusiveProgrammes.includes(code);

  const wages = (row: number, month: string): { tax: bigint; fund: bigint } => ({
    tax: sum(
      ofRow(row, 'income')
        .filter((r) => r.period === month && CATEGORY[r.item] === 0)
        .map((r) => r.gross),
    ),
    fund: sum(
      ofRow(row, 'account')
        .filter((r) => r.status !== '03' && r.openedOn.slice(0, 7) <= month)
        .filter((r) => r.paidThrough !== null && month <= r.paidThrough)
        .map((r) => r.wageBase),
    ),
  });
  const verified = (row: number, category: number): bigint => {
    if (category === 0) return sum(window.map((m) => wages(row, m)).map(({ tax, fund }) => max(tax, fund)));
    const taxed = ofRow(row, 'income').filter((r) => window.includes(r.period) && CATEGORY[r.item] === category);
    return sum(taxed.map((r) => r.gross));
  };
  const assessed = ({ number, person }: Row, category: number): bigint =>
    max(person.declared[category] ?? 0n, verified(number, category));
  const allAssessed = (row: Row): bigint => sum([0, 1, 2, 3, 4].map((c) => assessed(row, c)));
  const deduction = (row: Row): bigint => {
    const share = (assessed(row, 0) * hundredths(policy.employmentCost.percent)) / 10_000n;
    const cap = 12n * fen(policy.employmentCost.monthlyCap);
    return share < cap ? share : cap;
  };
  const supportOf = (row: Row): { supporter: number; amount: bigint; basis: string } => {
    const give = (amount: bigint, basis: string) => ({ supporter: row.number, amount, basis });
    if (row.dead) return give(0n, 'recipient');
    if (row.person.agreed !== null) return give(row.person.agreed, 'agreed');
    if (ofRow(row.number, 'assistance').some((r) => exclusive(r.programme) && active(r))) return give(0n, 'recipient');
    const line = 12n * BigInt(row.person.size) * B * hundredths(policy.supporter.standardMultiple);
    const above = max(0n, allAssessed(row) * 100n - line);
    const rate = hundredths(policy.supporter.ratePercent);
    return give((above * rate) / (100n * 10_000n * BigInt(row.person.supported)), 'formula');
  };
  const support = supporters.map(supportOf);
  const deductions = counted.map(deduction);
  const Y = max(0n, sum([...counted.map(allAssessed), ...support.map((s) => s.amount)]) - sum(deductions));
  const E = sum(counted.map((r) => r.person.rigid));

  const sources = SOURCE_NAMES.map((source) => ({
    source,
    ...sourceState(source, world.loads, world.region, T, policy.freshness[source]),
  }));

  type Raised = Omit<PlainFinding, 'effect'>;
  const common: Raised[] = [];
  const raise = (
    to: Raised[],
    code: string,
    member: number | null,
    source: string | null,
    recordId: string | null = null,
    category: string | null = null,
  ): void => {
    to.push({ code, member, source, recordId, category });
  };
  for (const row of rows) {
    const supporter = row.person.relation === 'supporter';
    if (row.dead) {
      raise(common, 'MEMBER_DECEASED', row.number, 'civil_affairs');
      if (supporter) continue;
      for (const r of ofRow(row.number, 'assistance').filter(active))
        raise(common, 'DEAD_STILL_PAID', row.number, 'civil_affairs', r.recordId);
      continue;
    }
    const read: PlainType[] = supporter
      ? ['income', 'account', 'death', 'assistance']
      : ['income', 'registration', 'account', 'role', 'marriage', 'death', 'assistance'];
    const strange = world.records.filter((r) => r.row === row.number && !r.sameName && read.includes(r.type));
    for (const source of new Set(strange.map((r) => SOURCE_OF[r.type])))
      raise(common, 'ID_NAME_MISMATCH', row.number, source);
  }
  for (const s of support) if (s.amount > 0n) raise(common, 'SUPPORTER_CAPABLE', s.supporter, null);
  const names = ['wage', 'operating', 'property', 'transfer', 'other'];
  for (const row of counted) {
    for (const c of [0, 1, 2, 4]) {
      const declared = row.person.declared[c] ?? 0n;
      const gap = verified(row.number, c) - declared;
      const overYearly = gap > fen(policy.tolerance.yearly);
      const overPercent = gap * 10_000n > declared * hundredths(policy.tolerance.percent);
      if (!overYearly || !overPercent) continue;
      const months = window.map((m) => wages(row.number, m));
      const fundMonths = months.filter(({ tax, fund }) => fund > tax).length;
      const taxMonths = months.filter(({ tax, fund }) => tax > 0n && tax >= fund).length;
      const source = c === 0 && fundMonths > taxMonths ? 'housing_fund' : 'tax';
      raise(common, 'INCOME_UNDERDECLARED', row.number, source, null, names[c]);
    }
  }
  const recent = before(T, policy.recentMonths);
  const countedVehicles: Raised[] = [];
  for (const row of counted) {
    for (const v of ofRow(row.number, 'registration')) {
      const exempt = policy.vehicles.exemptPlateTypes.includes(v.plateType);
      const gone = [...v.status].some((letter) => policy.vehicles.goneStatus.includes(letter));
      const owned = v.registeredOn <= T && (v.disposedOn === null || v.disposedOn > T) && !gone;
      if (owned && exempt) raise(common, 'VEHICLE_EXEMPT', row.number, 'vehicle', v.recordId);
      if (owned && !exempt) {
        raise(countedVehicles, 'VEHICLE_OWNED', row.number, 'vehicle', v.recordId);
        if (v.useNature !== null && v.useNature !== 'A')
          raise(common, 'VEHICLE_COMMERCIAL', row.number, 'vehicle', v.recordId);
      }
      if (!exempt && v.disposedOn !== null && recent < v.disposedOn && v.disposedOn <= T)
        raise(common, 'VEHICLE_RECENT_DISPOSAL', row.number, 'vehicle', v.recordId);
    }
    for (const a of ofRow(row.number, 'account')) {
      if (a.status === '01' && a.paidThrough !== null && a.paidThrough >= monthBack(T.slice(0, 7), 2))
        raise(common, 'FUND_ACTIVE', row.number, 'housing_fund', a.recordId);
      if (policy.loanRepayment !== undefined && a.loan !== null && a.loan > fen(policy.loanRepayment))
        raise(common, 'FUND_LOAN', row.number, 'housing_fund', a.recordId);
    }
    for (const r of ofRow(row.number, 'role')) {
      if (!((r.since === null || r.since <= T) && (r.until === null || r.until > T))) continue;
      const business = (code: string): void => raise(common, code, row.number, 'business_registry', r.recordId);
      if (['dormant', 'revoked'].includes(r.entityStatus)) business('COMPANY_DORMANT');
      if (r.entityStatus !== 'active') continue;
      if (r.entityType === 'individual_business') business('SELF_EMPLOYED');
      else if (r.entityType === 'farmers_cooperative') business('COOP_MEMBER');
      else if (['legal_representative', 'executive'].includes(r.role)) business('COMPANY_LEGAL_REP');
    }
    const events = ofRow(row.number, 'marriage').filter((r) => r.eventDate <= T);
    events.sort((a, b) =>
      a.eventDate === b.eventDate ? codePointOrder(a.recordId, b.recordId) : a.eventDate < b.eventDate ? -1 : 1,
    );
    const latest = events.at(-1);
    if (latest === undefined) continue;
    const civil = (code: string): void => raise(common, code, row.number, 'civil_affairs', latest.recordId);
    if (latest.state === 'married' && !members.some((m) => m.person.document === latest.spouse))
      civil('SPOUSE_UNDECLARED');
    if (row.person.maritalStatus !== null && row.person.maritalStatus !== latest.state) civil('MARITAL_CONFLICT');
    if (latest.state === 'divorced' && latest.eventDate > recent) civil('RECENT_DIVORCE');
  }

  const test = (code: string, p: PlainProgramme): Raised[] => {
    const found: Raised[] = [];
    const overMultiple = p.incomeCeiling !== undefined && Y * 100n >= hundredths(p.incomeCeiling) * B * 12n * n;
    const overDisposable = p.incomeCeilingDisposable === true && D !== null && Y >= D * n;
    if (overMultiple || overDisposable) raise(found, 'INCOME_OVER', null, null);
    if (p.expenditureTest && max(0n, Y - E) >= B * 12n * n) raise(found, 'EXPENDITURE_LOW', null, null);
    if (p.maxVehicles !== undefined && countedVehicles.length > p.maxVehicles) found.push(...countedVehicles);
    const balance = sum(
      counted.flatMap((row) =>
        ofRow(row.number, 'account')
          .filter((a) => ['01', '02', '06'].includes(a.status))
          .map((a) => a.balance),
      ),
    );
    if (p.fundBalanceMonths !== undefined && balance * 100n > hundredths(p.fundBalanceMonths) * B * n)
      raise(found, 'FUND_BALANCE_OVER', null, 'housing_fund');
    for (const row of counted) {
      for (const r of ofRow(row.number, 'role')) {
        const inForce = (r.since === null || r.since <= T) && (r.until === null || r.until > T);
        const company = !['individual_business', 'farmers_cooperative'].includes(r.entityType);
        if (!inForce || r.entityStatus !== 'active' || !company || r.role !== 'investor') continue;
        if (p.investorCapital !== undefined && r.capital !== null && r.capital > fen(p.investorCapital))
          raise(found, 'COMPANY_INVESTOR', row.number, 'business_registry', r.recordId);
      }
      if (!exclusive(code)) continue;
      for (const r of ofRow(row.number, 'assistance').filter((a) => active(a) && exclusive(a.programme))) {
        if (world.verificationType === 'periodic_review' && r.benefit === world.ownBenefit) continue;
        const cross = r.region.slice(0, 6) !== world.region.slice(0, 6);
        const name = cross ? 'CROSS_REGION_BENEFIT' : 'DUPLICATE_BENEFIT';
        raise(found, name, row.number, 'civil_affairs', r.recordId);
      }
    }
    return found;
  };
  const withEffects = (p: PlainProgramme, raised: Raised[]): PlainFinding[] =>
    raised.map((f) => ({
      ...f,
      effect:
        p.effects?.[f.code] ?? policy.effects?.[f.code] ?? FINDING_DEFAULTS[f.code as keyof typeof FINDING_DEFAULTS],
    }));
  const answered = programme.requires.every((s) => sources.some((x) => x.source === s && x.state === 'answered'));
  const findings = withEffects(programme, n > 0n ? [...common, ...test(world.programme, programme)] : common);
  const has = (effect: string): boolean => n > 0n && findings.some((f) => f.effect === effect);
  let conclusion = 'meets';
  if (has('fails')) conclusion = 'does_not_meet';
  else if (!answered) conclusion = 'incomplete';
  else if (has('review') || n === 0n) conclusion = 'needs_review';
  let tier: string | null = 'none';
  if (!answered || n === 0n) tier = null;
  else {
    for (const entry of policy.tiers) {
      const code = entry.programme ?? entry[world.area];
      const p = code === undefined ? undefined : policy.programmes[code];
      if (code === undefined || p === undefined) continue;
      if (p.area !== undefined && p.area !== world.area) continue;
      if (p.incomeCeilingDisposable && D === null) continue;
      if (withEffects(p, [...common, ...test(code, p)]).some((f) => f.effect === 'fails')) continue;
      tier = entry.code;
      break;
    }
  }
  for (const { source, state } of sources) {
    if (state === 'answered') continue;
    const code = state === 'stale' ? 'STALE_DATA' : 'SOURCE_NO_REPLY';
    findings.push({ code, effect: 'info', member: null, source, recordId: null, category: null });
  }
  return { conclusion, tier, n: counted.length, income: Y, deductions, support, findings, sources };
}
