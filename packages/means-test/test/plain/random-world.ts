import { before, daysBefore, fen, hundredths, monthBack, standard } from './arithmetic.js';
import { plainAssess } from './model.js';
import { chance, int, pick, type Random } from './random.js';
import { randomPolicy } from './random-policy.js';
import type { PlainLoad, PlainPerson, PlainPolicy, PlainRecord, World } from './world.js';

/**
 * Random households that sit on the boundaries: dates come from the handful that the rules compare with, amounts are
 * moved to the fen beside a limit.
 */
const AS_OF_DATES = ['2026-11-15', '2026-03-31', '2028-02-29', '2027-02-28', '2026-07-01', '2026-01-01', '2026-12-31'];
const REGIONS = ['520102', '520100', '520000', '520102001', '520115203', '520103', '520181001'];
const RECORD_IDS = ['V9', 'V10', 'v1', 'A', '\uFFFD', '\u{1F600}', '号', 'b', '00', '0'];
const STATUSES = ['A', 'GE', 'GQ', 'AKM', 'C', 'G', 'B', 'Q'];

interface Setting {
  random: Random;
  policy: PlainPolicy;
  asOf: string;
  documents: string[];
}

function date(s: Setting): string {
  const recent = before(s.asOf, s.policy.recentMonths);
  const near = pick(s.random, [s.asOf, recent, before(s.asOf, 12), before(s.asOf, 1)]);
  return daysBefore(near, pick(s.random, [-1, 0, 0, 1, int(s.random, 2, 400)]));
}
const month = (s: Setting): string => monthBack(s.asOf.slice(0, 7), pick(s.random, [0, 1, 2, 3, 11, 12, 13, 6, 7]));
const blankOr = <T>(s: Setting, value: T): T | null => (chance(s.random, 0.4) ? null : value);
const amount = (s: Setting): bigint => BigInt(pick(s.random, [0, 1, 50_000, 61_250, 73_500, 150_000, 99_999, 333_333]));

function record(s: Setting, row: number, i: number): PlainRecord {
  const { random } = s;
  const base = { row, recordId: `${pick(random, RECORD_IDS)}${i}`, sameName: !chance(random, 0.08) };
  switch (pick(random, ['income', 'income', 'registration', 'account', 'role', 'marriage', 'assistance', 'death'])) {
    case 'income': {
      const item = pick(random, [
        'wages',
        'wages',
        'labour_service',
        'author_royalty',
        'operating',
        'licence_royalty',
        'interest_dividend',
        'property_lease',
        'property_transfer',
        'incidental',
      ]);
      return { ...base, type: 'income', period: month(s), item, gross: amount(s) };
    }
    case 'registration':
      return {
        ...base,
        type: 'registration',
        plateType: pick(random, ['02', '02', '07', '11', '52']),
        useNature: blankOr(s, pick(random, ['A', 'D', 'F'])),
        status: pick(random, STATUSES),
        registeredOn: date(s),
        disposedOn: blankOr(s, date(s)),
      };
    case 'account':
      return {
        ...base,
        type: 'account',
        openedOn: date(s),
        paidThrough: blankOr(s, month(s)),
        wageBase: amount(s),
        balance: amount(s) * BigInt(int(random, 0, 40)),
        status: pick(random, ['01', '01', '02', '03', '04', '05', '06', '99']),
        loan: blankOr(s, BigInt(pick(random, [149_999, 150_000, 150_001]))),
      };
    case 'role':
      return {
        ...base,
        type: 'role',
        entityType: pick(random, [
          'company',
          'partnership',
          'sole_proprietorship',
          'individual_business',
          'farmers_cooperative',
        ]),
        role: pick(random, ['legal_representative', 'executive', 'investor', 'investor', 'operator']),
        capital: blankOr(s, BigInt(pick(random, [0, 1, 2_999_999, 3_000_000, 3_000_001, 10_000_000, 10_000_001]))),
        entityStatus: pick(random, ['active', 'active', 'active', 'dormant', 'revoked', 'cancelled', 'moved_out']),
        since: blankOr(s, date(s)),
        until: blankOr(s, date(s)),
      };
    case 'marriage': {
      const spouse = pick(random, [...s.documents, 'stranger']);
      return {
        ...base,
        type: 'marriage',
        state: pick(random, ['married', 'divorced', 'widowed']),
        eventDate: date(s),
        spouse,
      };
    }
    case 'assistance':
      return {
        ...base,
        type: 'assistance',
        programme: pick(random, ['urban_dibao', 'rural_dibao', 'tekun', 'medical']),
        benefit: pick(random, ['B1', 'B2']),
        region: pick(random, REGIONS),
        from: date(s),
        to: blankOr(s, date(s)),
      };
    default:
      // Deaths are rare, or nobody would be left.
      return chance(random, 0.3)
        ? { ...base, type: 'death', deathDate: date(s) }
        : { ...base, type: 'income', period: month(s), item: 'wages', gross: amount(s) };
  }
}

function person(s: Setting, i: number): PlainPerson {
  const { random } = s;
  const relation =
    i === 0 ? 'applicant' : pick(random, ['spouse', 'child', 'parent', 'other', 'supporter', 'supporter']);
  const declared = (): bigint => (chance(random, 0.5) ? 0n : amount(s) * BigInt(int(random, 1, 12)));
  return {
    relation,
    document: s.documents[i] ?? '',
    maritalStatus: blankOr(s, pick(random, ['unmarried', 'married', 'divorced', 'widowed'])),
    declared: [declared(), declared(), declared(), declared(), declared()],
    rigid: declared(),
    size: int(random, 1, 4),
    supported: int(random, 1, 4),
    agreed: chance(random, 0.15) ? BigInt(pick(random, [0, 1, 120_000])) : null,
  };
}

function loads(s: Setting, region: string): PlainLoad[] {
  const { random } = s;
  const types: [string, string][] = [
    ['tax', 'income'],
    ['vehicle', 'registration'],
    ['housing_fund', 'account'],
    ['business_registry', 'role'],
    ['civil_affairs', 'marriage'],
    ['civil_affairs', 'death'],
    ['civil_affairs', 'assistance'],
  ];
  const result: PlainLoad[] = [];
  for (const [source, type] of types) {
    const days = s.policy.freshness[source] ?? 30;
    const scopes = ['520000', '520100', '520102', '520103', region];
    if (chance(random, 0.9))
      result.push({ source, type, scope: '520000', asOf: daysBefore(s.asOf, days), mode: 'full' });
    for (let i = int(random, 0, 3); i > 0; i--) {
      const asOf = daysBefore(s.asOf, pick(random, [days, days + 1, days - 1, 0]));
      result.push({ source, type, scope: pick(random, scopes), asOf, mode: pick(random, ['full', 'delta', 'delta']) });
    }
  }
  return result;
}

/** A policy and how many households to draw under it stay together, as compiling is slower than assessing. */
export function randomSetting(random: Random): Setting {
  return { random, policy: randomPolicy(random), asOf: pick(random, AS_OF_DATES), documents: [] };
}

export function randomWorld(setting: Setting): World {
  const { random, policy, asOf } = setting;
  const size = int(random, 1, 4);
  const s = { ...setting, documents: Array.from({ length: size }, (_, i) => `P${i + 1}`) };
  const area = pick(random, ['urban', 'rural'] as const);
  const region = pick(random, REGIONS);
  const fitting = Object.keys(policy.programmes).filter((c) => (policy.programmes[c]?.area ?? area) === area);
  const persons = s.documents.map((_, i) => person(s, i));
  const records = persons.flatMap((_, i) => Array.from({ length: int(random, 0, 5) }, (__, k) => record(s, i + 1, k)));
  const world: World = {
    policy,
    asOf,
    programme: pick(random, fitting),
    verificationType: pick(random, ['new_application', 'periodic_review', 'special_inspection']),
    region,
    area,
    ownBenefit: blankOr(s, 'B1'),
    persons,
    records,
    loads: loads(s, region),
  };
  if (chance(random, 0.5)) moveToLimit(s, world);
  return world;
}

/** Moves the household's income, spending, balance or one declaration to a limit, or a fen beside it. */
function moveToLimit(s: Setting, world: World): void {
  const { random } = s;
  const beside = BigInt(int(random, -1, 1));
  const B = standard(world.policy, world.region, world.area, world.asOf) ?? 0n;
  const before = plainAssess(world);
  const n = BigInt(before.n);
  const programme = world.policy.programmes[pick(random, Object.keys(world.policy.programmes))];
  const first = world.persons.find((p, i) => p.relation !== 'supporter' && !diedBy(world, i + 1));
  if (first === undefined || programme === undefined) return;
  const kind = pick(random, ['income', 'income', 'disposable', 'spending', 'balance', 'declared', 'supporter']);
  if (kind === 'income' || kind === 'disposable') {
    const d = world.policy.disposableIncome.map((r) => fen(r.yearly) * n);
    const exact = hundredths(programme.incomeCeiling ?? 1) * B * 12n * n;
    const target = kind === 'income' ? (exact + 99n) / 100n : (d[int(random, 0, d.length - 1)] ?? 0n);
    const missing = target + beside - before.income;
    if (missing >= 0n) first.declared[3] += missing;
  } else if (kind === 'spending') {
    const spent = before.income - B * 12n * n + beside;
    for (const p of world.persons) p.rigid = 0n;
    if (spent >= 0n) first.rigid = spent;
  } else if (kind === 'balance') {
    const limit = (hundredths(programme.fundBalanceMonths ?? 24) * B * n) / 100n;
    const row = world.persons.indexOf(first) + 1;
    world.records = world.records.filter((r) => r.type !== 'account');
    const account = { type: 'account', row, recordId: 'limit', sameName: true, openedOn: world.asOf } as const;
    const balance = limit + beside > 0n ? limit + beside : 0n;
    world.records.push({ ...account, paidThrough: null, wageBase: 0n, balance, status: '06', loan: null });
  } else if (kind === 'declared') moveDeclaration(s, world, first, beside);
  else {
    const supporter = world.persons.find((p) => p.relation === 'supporter');
    const line = 12n * BigInt(supporter?.size ?? 1) * B * hundredths(world.policy.supporter.standardMultiple);
    if (supporter) supporter.declared = [0n, 0n, 0n, line / 100n + BigInt(int(random, 0, 9)), 0n];
  }
}

function moveDeclaration(s: Setting, world: World, person: PlainPerson, beside: bigint): void {
  const row = world.persons.indexOf(person) + 1;
  const last = monthBack(world.asOf.slice(0, 7), 1);
  const percent = hundredths(world.policy.tolerance.percent);
  const declared = BigInt(int(s.random, 0, 6_000_000));
  const share = (declared * percent) / 10_000n;
  const yearly = fen(world.policy.tolerance.yearly);
  const gap = (share > yearly ? share : yearly) + beside;
  person.declared[1] = declared;
  world.records = world.records.filter((r) => !(r.row === row && r.type === 'income' && r.item === 'operating'));
  const gross = declared + (gap > 0n ? gap : 0n);
  world.records.push({ type: 'income', row, recordId: 'gap', sameName: true, period: last, item: 'operating', gross });
}

function diedBy(world: World, row: number): boolean {
  return world.records.some((r) => r.row === row && r.type === 'death' && r.sameName && r.deathDate <= world.asOf);
}
