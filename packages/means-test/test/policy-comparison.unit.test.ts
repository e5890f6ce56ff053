import { comparePolicies, parsePolicy, policyFromCanonical } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { policyEntries } from '../src/policy/comparison/entries.js';
import { policyDocumentOf } from '../src/policy/parse.js';
import { readPolicyText } from './city/city.js';
import { seeded } from './plain/random.js';
import { randomPolicy } from './plain/random-policy.js';

const SAMPLE = readPolicyText();

function canonicalOf(text: string, format: 'yaml' | 'json' = 'yaml'): string {
  const parsed = parsePolicy(text, format);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.canonical;
}

function edited(...edits: readonly (readonly [from: string, to: string])[]): string {
  return canonicalOf(
    edits.reduce((text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`the sample policy has no ${from}`);
      return text.replace(from, to);
    }, SAMPLE),
  );
}

const brief = (a: string, b: string) =>
  comparePolicies(a, b).map(({ kind, key, before, after }) => `${kind} ${key}: ${before} → ${after}`);

describe('a comparison of two versions', () => {
  const sample = canonicalOf(SAMPLE);

  it('tells each key that says something else, in the order of the document', () => {
    const next = edited(
      ['version: 1', 'version: 2'],
      ['effectiveFrom: 2025-01-01', 'effectiveFrom: 2027-01-01'],
      [
        'monthly: "750.00" }',
        'monthly: "780.00" }\n  - { region: "520103", area: urban, from: 2027-01-01, monthly: "790" }',
      ],
      ['  - { region: "520100", area: rural, from: 2025-01-01, monthly: "520.00" }\n', ''],
      ['loanRepayment: "1500.00"\n', ''],
      ['goneStatus: [C, E, M]', 'goneStatus: [M, C, P]'],
      ['  FUND_BALANCE_OVER: review\n', '  FUND_BALANCE_OVER: info\n'],
      ['maxVehicles: 0', 'maxVehicles: 1'],
      ['requires: [tax, vehicle, housing_fund, business_registry]\n', 'requires: [tax]\n'],
      ['  public_housing:', '  tekun: { incomeCeiling: 0.8, requires: [] }\n  public_housing:'],
      ['tiers:\n', 'tiers:\n  - { programme: tekun, code: tekun }\n'],
    );
    expect(brief(sample, next)).toEqual([
      'changed version: 1 → 2',
      'changed effectiveFrom: 2025-01-01 → 2027-01-01',
      'removed standards.520100.rural.2025-01-01: 520.00 → null',
      'changed standards.520102.urban.2026-07-01: 750.00 → 780.00',
      'added standards.520103.urban.2027-01-01: null → 790.00',
      'removed loanRepayment: 1500.00 → null',
      'changed vehicles.goneStatus: C, E, M → C, M, P',
      'changed effects.FUND_BALANCE_OVER: review → info',
      'changed programmes.public_housing.requires: business_registry, housing_fund, tax, vehicle → tax',
      'added programmes.tekun.incomeCeiling: null → 0.8',
      'added programmes.tekun.requires: null → ',
      'changed programmes.urban_dibao.maxVehicles: 0 → 1',
      'changed tiers: dibao, dibao_margin, rigid_expenditure → tekun, dibao, dibao_margin, rigid_expenditure',
      'added tiers.tekun.programme: null → tekun',
    ]);
  });

  it('keeps what a programme loses beside what it keeps', () => {
    const next = edited(
      ['    effects: { SELF_EMPLOYED: info, COMPANY_LEGAL_REP: review, FUND_LOAN: fails }\n', ''],
      ['  public_housing:', '  zakat: { incomeCeiling: 1, requires: [] }\n  public_housing:'],
      ['    investorCapital: "100000.00"\n', ''],
    );
    expect(comparePolicies(sample, next).map(({ key }) => key)).toEqual([
      'programmes.public_housing.investorCapital',
      'programmes.public_housing.effects.COMPANY_LEGAL_REP',
      'programmes.public_housing.effects.FUND_LOAN',
      'programmes.public_housing.effects.SELF_EMPLOYED',
      'programmes.zakat.incomeCeiling',
      'programmes.zakat.requires',
    ]);
  });

  it('tells apart the tiers of one code, and an order that changes', () => {
    const [urban, rural] = ['{ urban: urban_dibao, code: dibao }', '{ rural: rural_dibao, code: dibao }'];
    const split = edited(['{ urban: urban_dibao, rural: rural_dibao, code: dibao }', `${urban}\n  - ${rural}`]);
    expect(brief(sample, split)).toEqual([
      'changed tiers: dibao, dibao_margin, rigid_expenditure → dibao, dibao#2, dibao_margin, rigid_expenditure',
      'removed tiers.dibao.rural: rural_dibao → null',
      'added tiers.dibao#2.rural: null → rural_dibao',
    ]);
  });

  it('says in both languages what a change means', () => {
    const next = edited(
      ['monthly: "735.00"', 'monthly: "760.00"'],
      ['loanRepayment: "1500.00"\n', ''],
      ['exclusiveProgrammes: [urban_dibao, rural_dibao, tekun]', 'exclusiveProgrammes: [urban_dibao, medical]'],
      ['    incomeCeiling: 4\n', '    incomeCeiling: 4\n    incomeCeilingDisposable: true\n'],
    );
    expect(comparePolicies(sample, next).map(({ sentence }) => sentence)).toEqual([
      {
        zh: '520100 自 2026-07-01 起的城镇保障标准（元/月）由735.00改为760.00',
        en: 'urban standard (yuan a month) of 520100 from 2026-07-01 changed from 735.00 to 760.00',
      },
      {
        zh: '取消公积金贷款月还款限额（元）（原为1500.00）',
        en: 'limit of a housing-fund loan repayment (yuan a month) removed (was 1500.00)',
      },
      {
        zh: '不得重复享受的救助类型：增加 medical，去掉 rural_dibao, tekun',
        en: 'programmes that exclude each other: with medical, without rural_dibao, tekun',
      },
      {
        zh: '新增救助类型 public_housing 的以人均可支配收入为收入上限：true',
        en: 'public_housing: income ceiling by disposable income added: true',
      },
    ]);
  });

  it('has a name for every key that a policy can have', () => {
    const full = canonicalOf(SAMPLE.replace('incomeCeiling: 4', 'incomeCeiling: 4\n    area: urban'));
    const bare = canonicalOf(
      JSON.stringify({
        ...JSON.parse(full),
        id: 'other',
        version: 2,
        tiers: [{ programme: 'p', code: 'q' }],
        programmes: { p: { requires: [] } },
      }),
      'json',
    );
    for (const { key, sentence } of [...comparePolicies(full, bare), ...comparePolicies(bare, full)]) {
      const last = key.split('.').at(-1) ?? '';
      if (/^[a-z]+[A-Z]/.test(last)) expect(`${sentence.zh} ${sentence.en}`).not.toContain(last);
    }
  });

  it('is a TypeError of a text that is no policy', () => {
    expect(() => comparePolicies(sample, '{')).toThrow(TypeError);
    expect(() => comparePolicies('{"id":"a"}', sample)).toThrow(TypeError);
  });
});

const seed = fc.integer({ min: 1, max: 1_000_000 });
const RUNS = { numRuns: 40 };

const TABLES = { standards: 'monthly', disposableIncome: 'yearly' } as const;
const LIST = /^(?:vehicles\.|exclusiveProgrammes$|programmes\..*\.requires$)/;
const WHOLE = /^(?:version|recentMonths|freshness\..*|programmes\..*\.maxVehicles)$/;

/** The document that texts by dotted key describe, built from nothing else. */
function documentFrom(entries: ReadonlyMap<string, string>): Record<string, unknown> {
  const items = (text: string) => text.split(', ').filter(Boolean);
  const document: Record<string, unknown> = { effects: {}, freshness: {}, programmes: {}, standards: [] };
  const put = (path: readonly string[], value: unknown): void => {
    let at = document;
    for (const part of path.slice(0, -1)) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[path.at(-1) ?? ''] = value;
  };
  const tiers = new Map(items(entries.get('tiers') ?? '').map((name) => [name, { code: name.replace(/#.*/, '') }]));
  for (const [key, text] of entries) {
    const path = key.split('.');
    const [first = '', second = '', third = ''] = path;
    if (first === 'tiers') Object.assign(tiers.get(second) ?? {}, second ? { [third]: text } : {});
    else if (first === 'standards' || first === 'disposableIncome') {
      const rows = (document[first] ?? []) as unknown[];
      document[first] = [...rows, { region: second, area: third, from: path[3], [TABLES[first]]: text }];
    } else put(path, LIST.test(key) ? items(text) : WHOLE.test(key) ? Number(text) : text === 'true' ? true : text);
  }
  return { ...document, tiers: [...tiers.values()] };
}

/** What a policy means: lists stand for sets. */
function meaningOf(canonical: string): unknown {
  const document = policyDocumentOf(canonical);
  document.exclusiveProgrammes.sort();
  document.vehicles.goneStatus.sort();
  for (const programme of Object.values(document.programmes)) programme.requires.sort();
  return policyFromCanonical(JSON.stringify(document));
}

function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, turned(inner)]),
  );
}

describe('properties of a comparison', () => {
  const policy = seed.map((n) => canonicalOf(JSON.stringify(randomPolicy(seeded(n))), 'json'));

  it('its changes make the second out of the first', () => {
    fc.assert(
      fc.property(policy, policy, (a, b) => {
        const entries = new Map(policyEntries(policyDocumentOf(a)));
        for (const { key, before, after } of comparePolicies(a, b)) {
          expect(entries.get(key) ?? null).toBe(before);
          if (after === null) entries.delete(key);
          else entries.set(key, after);
        }
        const made = canonicalOf(JSON.stringify(documentFrom(entries)), 'json');
        expect(meaningOf(made)).toEqual(meaningOf(b));
      }),
      RUNS,
    );
  });

  it('with itself is empty, whatever the order of keys and rows', () => {
    fc.assert(
      fc.property(policy, (a) => {
        expect(comparePolicies(a, a)).toEqual([]);
        const document = turned(JSON.parse(a)) as { standards: unknown[]; exclusiveProgrammes: unknown[] };
        document.standards.reverse();
        document.exclusiveProgrammes.reverse();
        expect(comparePolicies(a, JSON.stringify(document))).toEqual([]);
        expect(comparePolicies(JSON.stringify(document), a)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('the other way round is its mirror', () => {
    fc.assert(
      fc.property(policy, policy, (a, b) => {
        const there = brief(a, b).map((line) => line.replace(/^\w+ /, ''));
        const back = comparePolicies(b, a).map(({ key, before, after }) => `${key}: ${after} → ${before}`);
        expect(back.sort()).toEqual(there.sort());
      }),
      RUNS,
    );
  });
});
