import type { Assessment, Finding } from '@hedui/contracts';
import { type Policy, parsePolicy } from '@hedui/means-test';
import { readPolicyText } from './city/city.js';
import { assessWorld } from './plain/adapter.js';
import { fen, SOURCE_NAMES } from './plain/arithmetic.js';
import type { PlainLoad, PlainPerson, PlainPolicy, PlainProgramme, PlainRecord, World } from './plain/world.js';

/** The as-of date of the cases; the window is 2025-11 … 2026-10, a year before is 2025-11-15. */
export const T = '2026-11-15';

/** The sample policy's canonical text, read once: every case starts from it. */
let canonical: string | null = null;

/** The sample policy as a document that a case may change: B 735.00 urban, 546.50 rural, 750.00 in 520102. */
export function samplePolicy(): PlainPolicy {
  if (canonical === null) {
    const parsed = parsePolicy(readPolicyText(), 'yaml');
    if (!parsed.ok) throw new Error('the sample policy does not parse');
    canonical = parsed.canonical;
  }
  return JSON.parse(canonical) as PlainPolicy;
}

export function compiled(document: PlainPolicy): Policy {
  const parsed = parsePolicy(JSON.stringify(document), 'json');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.policy;
}

const blank: PlainPerson = {
  relation: 'applicant',
  document: 'P1',
  maritalStatus: null,
  declared: [0n, 0n, 0n, 0n, 0n],
  rigid: 0n,
  size: 1,
  supported: 1,
  agreed: null,
};

type PersonChange = Partial<Omit<PlainPerson, 'declared' | 'rigid' | 'agreed'>> & {
  wage?: string;
  operating?: string;
  property?: string;
  transfer?: string;
  other?: string;
  rigid?: string;
  agreed?: string;
};

/** A person of a household; money in yuan. */
export function someone(relation: string, change: PersonChange = {}): PlainPerson {
  const {
    wage = '0',
    operating = '0',
    property = '0',
    transfer = '0',
    other = '0',
    rigid = '0',
    agreed,
    ...rest
  } = change;
  return {
    ...blank,
    ...rest,
    relation,
    declared: [fen(wage), fen(operating), fen(property), fen(transfer), fen(other)],
    rigid: fen(rigid),
    agreed: agreed === undefined ? null : fen(agreed),
  };
}

const defaults: { [K in PlainRecord['type']]: Extract<PlainRecord, { type: K }> } = {
  income: { type: 'income', row: 1, recordId: 'R1', sameName: true, period: '2026-10', item: 'wages', gross: 0n },
  registration: {
    type: 'registration',
    row: 1,
    recordId: 'R1',
    sameName: true,
    plateType: '02',
    useNature: 'A',
    status: 'A',
    registeredOn: '2020-01-01',
    disposedOn: null,
  },
  account: {
    type: 'account',
    row: 1,
    recordId: 'R1',
    sameName: true,
    openedOn: '2020-01-01',
    paidThrough: null,
    wageBase: 0n,
    balance: 0n,
    status: '02',
    loan: null,
  },
  role: {
    type: 'role',
    row: 1,
    recordId: 'R1',
    sameName: true,
    entityType: 'company',
    role: 'operator',
    capital: null,
    entityStatus: 'active',
    since: null,
    until: null,
  },
  marriage: {
    type: 'marriage',
    row: 1,
    recordId: 'R1',
    sameName: true,
    state: 'married',
    eventDate: '2010-05-01',
    spouse: 'P2',
  },
  death: { type: 'death', row: 1, recordId: 'R1', sameName: true, deathDate: '2026-01-01' },
  assistance: {
    type: 'assistance',
    row: 1,
    recordId: 'R1',
    sameName: true,
    programme: 'urban_dibao',
    benefit: 'B1',
    region: '520103',
    from: '2020-01-01',
    to: null,
  },
};

/** A record about row 1 under its own name, unless the change says otherwise. */
export function a<K extends PlainRecord['type']>(
  type: K,
  change: Partial<Extract<PlainRecord, { type: K }>> = {},
): PlainRecord {
  return { ...defaults[type], ...change };
}

/** Every record type loaded in full for the province, as of T. */
export function freshLoads(): PlainLoad[] {
  const types: [string, string][] = [
    ['tax', 'income'],
    ['vehicle', 'registration'],
    ['housing_fund', 'account'],
    ['business_registry', 'role'],
    ['civil_affairs', 'marriage'],
    ['civil_affairs', 'death'],
    ['civil_affairs', 'assistance'],
  ];
  return types.map(([source, type]) => ({ source, type, scope: '520000', asOf: T, mode: 'full' }));
}

/** An urban household of one in 520103 that applies for dibao; it meets, unless the change says otherwise. */
export function household(change: Partial<World> = {}): World {
  const world: World = {
    policy: samplePolicy(),
    asOf: T,
    programme: 'urban_dibao',
    verificationType: 'new_application',
    region: '520103',
    area: 'urban',
    ownBenefit: null,
    persons: [blank],
    records: [],
    loads: freshLoads(),
    ...change,
  };
  world.persons = world.persons.map((p, i) => ({ ...p, document: `P${i + 1}` }));
  return world;
}

/** The same household under a programme that is changed. */
export function withProgramme(code: string, change: Partial<PlainProgramme>): PlainPolicy {
  const policy = samplePolicy();
  policy.programmes[code] = { requires: SOURCE_NAMES, ...policy.programmes[code], ...change };
  return policy;
}

export const outcome = (world: World): Assessment => assessWorld(compiled(world.policy), world);

/** `CODE`, `CODE@row` or `CODE@row#record`, with the category or a source that surprises behind. */
export function told(findings: readonly Finding[]): string[] {
  return findings.map((f) => {
    const member = f.member === null ? '' : `@${f.member}`;
    const record = f.recordId === null ? '' : `#${f.recordId}`;
    const category = typeof f.detail.category === 'string' ? `:${f.detail.category}/${f.source}` : '';
    return `${f.code}${member}${record}${category}`;
  });
}
export const found = (world: World): string[] => told(outcome(world).findings);
