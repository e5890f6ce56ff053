import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Assessment,
  asKey,
  type Basis,
  type BasisCoverage,
  type BasisFacts,
  type BatchId,
  type BenefitKey,
  basisForRegion,
  type ChunkId,
  type Day,
  encodeBasis,
  type Fen,
  LOAD_MODES,
  type Month,
  type NameKey,
  type PersonKey,
  pack,
  placesOf,
  type ReportChunk,
  type RequestHousehold,
  readBasis,
  readCountedChunk,
  readReportChunk,
  readRequestChunk,
  reportChunkPayload,
  reportDigest,
  requestChunkPayload,
  unpack,
  withoutBasis,
} from '../src/index.js';

const hex = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const fen = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).map((n) => n as Fen);
const day = fc.integer({ min: -40_000, max: 60_000 }).map((n) => n as Day);
const month = fc.integer({ min: 12, max: 120_000 }).map((n) => n as Month);
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { maxLength: 3 });

const facts: fc.Arbitrary<BasisFacts> = fc.record({
  income: some(fc.record({ month, wage: fen, operating: fen, property: fen, other: fen })),
  account: some(
    fc.record({
      recordId: text,
      opened: month,
      paidThrough: orNull(month),
      wageBase: fen,
      balance: fen,
      status: text,
      loanRepayment: orNull(fen),
    }),
  ),
  registration: some(
    fc.record({
      recordId: text,
      plateType: text,
      useNature: orNull(text),
      status: text,
      registeredOn: day,
      disposedOn: orNull(day),
    }),
  ),
  role: some(
    fc.record({
      recordId: text,
      entityType: text,
      role: text,
      capital: orNull(fen),
      entityStatus: text,
      since: orNull(day),
      until: orNull(day),
    }),
  ),
  marriage: some(
    fc.record({
      recordId: text,
      state: fc.constantFrom('married' as const, 'divorced' as const, 'widowed' as const),
      eventDate: day,
      spouse: hex.map((key) => asKey<PersonKey>(key)),
    }),
  ),
  death: some(fc.record({ deathDate: day })),
  assistance: some(
    fc.record({
      recordId: text,
      programme: text,
      benefit: hex.map((key) => asKey<BenefitKey>(key)),
      region: text,
      from: day,
      to: orNull(day),
    }),
  ),
  otherNames: fc.integer({ min: 0, max: 127 }),
});

const scope = fc.constantFrom('520000', '520100', '520102', '520102001', '530000');
const coverage: fc.Arbitrary<BasisCoverage> = fc.record({
  source: text,
  recordType: text,
  scope,
  mode: fc.constantFrom(...LOAD_MODES),
  asOf: day,
  seq: fc.nat(),
  firstFullSeq: orNull(fc.nat()),
});
const basis: fc.Arbitrary<Basis> = fc.record({
  facts: fc.array(orNull(facts), { maxLength: 6 }),
  coverage: fc.array(coverage, { maxLength: 5 }),
  loading: fc.array(fc.record({ source: text, scope }), { maxLength: 3 }),
});

const person = (n: number) => asKey<PersonKey>(n.toString(16).padStart(32, '0'));
const name = (n: number) => asKey<NameKey>(n.toString(16).padStart(32, 'e'));
const household = (index: number, ...persons: [PersonKey, NameKey][]): RequestHousehold => ({
  index,
  programme: 'urban_dibao',
  verificationType: 'new_application',
  region: '520102',
  area: 'urban',
  ownBenefit: null,
  persons: persons.map(([one, called], i) => ({
    relation: i === 0 ? 'applicant' : 'other',
    person: one,
    name: called,
    maritalStatus: null,
    declared: [1 as Fen, 2 as Fen, 3 as Fen, 4 as Fen, 5 as Fen],
    rigidExpenditure: 0 as Fen,
    householdSize: 1,
    supportedPersons: 1,
    agreedSupport: null,
  })),
});

describe('a basis', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(basis, (one) => {
        expect(readBasis(encodeBasis(one))).toEqual(one);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused when it is none, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(() => readBasis(bytes)).toThrow(expect.objectContaining({ code: 'EVENT_MALFORMED' }));
      }),
    );
  });

  it('says of a region what covers it', () => {
    const at = (where: string): BasisCoverage => ({
      source: 'tax',
      recordType: 'income',
      scope: where,
      mode: 'full',
      asOf: 1 as Day,
      seq: 1,
      firstFullSeq: 1,
    });
    const all = { coverage: ['520000', '520103', '520102'].map(at), loading: [{ source: 'tax', scope: '530000' }] };
    const found = basisForRegion(all, '520102001');
    expect(found.coverage.map((one) => one.scope)).toEqual(['520000', '520102']);
    expect(found.loading).toEqual([]);
  });

  it('numbers a person once for each name', () => {
    const places = placesOf([
      household(0, [person(1), name(1)], [person(2), name(2)]),
      household(1, [person(2), name(2)], [person(1), name(3)]),
    ]);
    expect(places.size).toBe(3);
    expect([places.of(person(2), name(2)), places.of(person(1), name(3))]).toEqual([1, 2]);
    expect(() => places.of(person(3), name(1))).toThrow(RangeError);
  });
});

const assessment: Assessment = {
  conclusion: 'meets',
  tier: 'dibao',
  countedMembers: 1,
  standardMonthly: 73_500 as Fen,
  annualIncome: 0 as Fen,
  income: [],
  support: [],
  findings: [
    { code: 'FUND_LOAN', effect: 'review', member: 1, source: 'housing_fund', recordId: 'A', detail: { b: 1, a: 'x' } },
  ],
  sources: [{ source: 'tax', state: 'answered', asOf: 1 as Day, loading: false }],
};
const reports: ReportChunk = {
  chunkId: 'c' as ChunkId,
  batchId: 'b' as BatchId,
  asOf: 20_000 as Day,
  policy: { id: 'p', version: 1, digest: 'd' },
  engineVersion: 'e/1',
  assessedAt: 1,
  purpose: 'verification',
  basis: encodeBasis({ facts: [null], coverage: [], loading: [] }),
  households: [
    {
      index: 0,
      applicant: person(1),
      programme: 'urban_dibao',
      verificationType: 'new_application',
      region: '520102',
      area: 'urban',
      assessment,
    },
  ],
};

describe('chunks', () => {
  const wired = (payload: unknown) => unpack(pack(payload));

  it('carry their purpose, and reports their basis, which can be taken off', () => {
    const request = {
      chunkId: reports.chunkId,
      batchId: null,
      asOf: reports.asOf,
      policy: reports.policy,
      purpose: 'replay' as const,
      households: [household(0, [person(1), name(1)])],
    };
    expect(readRequestChunk(wired(requestChunkPayload(request)))).toEqual(request);
    const payload = reportChunkPayload(reports);
    expect(readReportChunk(wired(payload))).toEqual(reports);
    expect(readReportChunk(wired(withoutBasis(payload)))).toEqual({ ...reports, basis: null });
    const counted = readCountedChunk(wired(payload));
    expect(counted).toMatchObject({ chunkId: reports.chunkId, asOf: reports.asOf, purpose: reports.purpose });
    expect(counted.households).toMatchObject(
      reports.households.map(({ index, programme, region, assessment: { conclusion, tier, findings, sources } }) => ({
        ...{ index, programme, region, conclusion, tier },
        findings: findings.map(({ code, effect, source }) => ({ code, effect, source })),
        answered: sources.filter(({ state }) => state === 'answered').map(({ source }) => source),
      })),
    );
    expect(() => readRequestChunk([...(requestChunkPayload(request) as unknown[]).slice(0, -1), 'other'])).toThrow();
  });
});

describe('the digest of a report', () => {
  const given = {
    asOf: reports.asOf,
    household: household(3, [person(1), name(1)]),
    policyDigest: 'd',
    engineVersion: 'e/1',
    assessment,
  };
  const digest = reportDigest(given);
  const [finding] = assessment.findings;

  it('does not depend on the order of keys nor on the place in the chunk', () => {
    const turned = { ...assessment, findings: [{ ...finding, detail: { a: 'x', b: 1 } }] } as Assessment;
    const { conclusion, ...rest } = turned;
    const backwards = { ...rest, conclusion };
    expect(reportDigest({ ...given, assessment: backwards, household: { ...given.household, index: 0 } })).toBe(digest);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    // Digests outlive releases: this one must never change.
    expect(digest).toBe('b62e9d1a952550f35a5ef5d57799991d381727ba768f576b14e17a8287337a54');
  });

  it('is another one for any other content', () => {
    const others = [
      { ...given, asOf: 20_001 as Day },
      { ...given, policyDigest: 'D' },
      { ...given, engineVersion: 'e/2' },
      { ...given, household: { ...given.household, region: '520103' } },
      { ...given, household: household(3, [person(1), name(2)]) },
      { ...given, assessment: { ...assessment, annualIncome: 1 as Fen } },
      { ...given, assessment: { ...assessment, findings: [] } },
    ];
    expect(new Set([digest, ...others.map(reportDigest)]).size).toBe(others.length + 1);
  });
});
