import { randomBytes } from 'node:crypto';
import {
  type Basis,
  type BatchId,
  type ChunkId,
  type CorrelationId,
  decodeEvent,
  type NameKey,
  type PersonKey,
  packedArray,
  placesOf,
  RECORD_TYPES,
  type RecordTypeName,
  type ReportChunk,
  type RequestChunk,
  type RequestHousehold,
  readBasis,
  readReportChunk,
  type SliceRecord,
  TOPICS,
} from '@hedui/contracts';
import { argumentsFromBasis, assess } from '@hedui/means-test';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { foldSlice } from '../src/records/fold.js';
import { type AssessedChunk, answerThatFits, assessChunk, type Snapshot } from '../src/requests/assess-chunk.js';
import { coverageView } from '../src/requests/coverage-view.js';
import { day, fen, household, month, nameKey, person } from './builders.js';
import { publishedPolicy } from './policy.js';

const { policy, ref } = publishedPolicy(1);
const ASKED = '520102';
const ELSEWHERE = '520500';

type Records = Partial<Record<RecordTypeName, SliceRecord[]>>;

function profile(records: Records, names: NameKey[] = [nameKey(1)]): Buffer {
  return packedArray(
    RECORD_TYPES.map(({ source, type }) =>
      foldSlice(type, { source, recordType: type, epoch: 1, counter: 1, names, records: records[type] ?? [] }),
    ),
  );
}

const coverage = coverageView('1', {
  entries: RECORD_TYPES.flatMap(({ source, type }) =>
    ['520000', '520100', ELSEWHERE].map((scope) => ({
      source,
      recordType: type,
      scope,
      mode: 'full' as const,
      asOf: day('2026-11-10'),
      seq: 1,
      firstFullSeq: 1,
    })),
  ),
  underWay: [
    { id: '1', source: 'tax', scope: '520102', kind: 'delta' },
    { id: '2', source: 'vehicle', scope: ELSEWHERE, kind: 'full' },
  ],
});

function chunkOf(households: RequestHousehold[]): RequestChunk {
  return {
    chunkId: 'chunk' as ChunkId,
    batchId: 'batch' as BatchId,
    asOf: day('2026-11-15'),
    policy: ref,
    purpose: 'verification',
    households: households.map((one, index) => ({ ...one, index })),
  };
}

const wages = (...months: string[]): SliceRecord[] => months.map((text) => [0, month(text), 'wages', fen(900)]);

describe('the basis of a report', () => {
  const known = new Map<PersonKey, Buffer>([
    [person(1), profile({ income: wages('2020-01', '2025-10', '2025-11', '2026-10', '2026-11') })],
    [person(2), profile({ registration: [[0, 'V-1', '02', 'A', 'A', day('2020-01-01'), null]] })],
    [person(3), profile({ death: [[1, day('2026-01-01')]], income: wages('2026-05') }, [nameKey(1), nameKey(2)])],
  ]);
  const chunk = chunkOf([
    household({ applicant: person(1) }),
    household({ applicant: person(2) }),
    household({ applicant: person(2), name: nameKey(7), region: '520103' }),
    household({ applicant: person(3) }),
    household({ applicant: person(4) }),
    household({ applicant: person(1) }),
    household({ applicant: person(2), programme: 'unknown' }),
  ]);
  let report: AssessedChunk['report'];
  let poison: AssessedChunk['poison'];
  let sent: ReportChunk;
  let basis: Basis;
  beforeAll(async () => {
    ({ report, poison } = await assessChunk(chunk, policy, { profiles: known, coverage }, 0));
    const answer = await answerThatFits(TOPICS.reports, report, 'c' as CorrelationId);
    sent = readReportChunk(decodeEvent(answer?.message.value ?? new Uint8Array()).payload);
    basis = readBasis(sent.basis ?? new Uint8Array());
  });

  it('gives every assessment again', () => {
    const places = placesOf(chunk.households);
    const { households } = sent;
    expect(households.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { index, assessment } of households) {
      const asked = chunk.households[index] ?? household({ applicant: person(0) });
      expect(assess(...argumentsFromBasis(policy, chunk.asOf, asked, places, basis))).toEqual(assessment);
    }
    expect(poison).toMatchObject([{ index: 6 }]);
  });

  it('keeps each person once, and nothing that the rules do not read', () => {
    expect(basis.facts).toHaveLength(5);
    expect(basis.facts[0]?.income.map((at) => at.month)).toEqual([month('2025-11'), month('2026-10')]);
    expect(basis.facts[2]).toMatchObject({ registration: [], otherNames: 2 });
    expect(basis.facts[3]).toMatchObject({ death: [], income: [{ month: month('2026-05') }] });
    expect(basis.facts[4]).toBeNull();
  });

  it('keeps the loads that speak of the chunk and no others', () => {
    expect(new Set(basis.coverage.map(({ scope }) => scope))).toEqual(new Set(['520000', '520100']));
    expect(basis.coverage).toHaveLength(14);
    expect(basis.loading).toEqual([{ source: 'tax', scope: ASKED }]);
  });
});

/** Numbers without a pattern, so that compression finds none. */
function scattered(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

/** A person with an unlikely lot: a year of income of four kinds, and two records of each other type. */
function crowdedProfile(n: number): Buffer {
  const next = scattered(n + 1);
  const money = () => next() % 10_000_000;
  const key = () => Buffer.from(Array.from({ length: 16 }, () => next() >>> 24));
  const id = () => `R-${next().toString(36)}`;
  const date = () => day('2026-01-01') - (next() % 3000);
  const items = ['wages', 'operating', 'property_lease', 'incidental'];
  const two = (make: () => SliceRecord): SliceRecord[] => [make(), make()];
  return profile({
    income: Array.from({ length: 48 }, (_, i) => [
      0,
      month('2025-11') + (i % 12),
      items[Math.floor(i / 12)] ?? 'wages',
      money(),
    ]),
    registration: two(() => [0, id(), '02', 'A', 'A', date(), null]),
    account: two(() => [0, id(), month('2015-03'), month('2026-09'), money(), money(), '01', money()]),
    role: two(() => [0, id(), 'company', 'investor', money(), 'active', date(), null]),
    marriage: two(() => [0, id(), 'married', date(), key()]),
    assistance: two(() => [0, id(), 'urban_dibao', key(), ASKED, date(), null]),
  });
}

describe('the size of a report message', () => {
  it('holds the largest chunk, 5,000 persons, each with far more than people have', async () => {
    const one = household({ applicant: person(0) });
    const households = Array.from({ length: 1000 }, (_, h) => ({
      ...one,
      persons: Array.from({ length: 5 }, (_, p) => ({
        ...(one.persons[0] ?? fail()),
        relation: p === 0 ? ('applicant' as const) : ('other' as const),
        person: person(h * 5 + p),
      })),
    }));
    const profiles: Snapshot['profiles'] = new Map(
      Array.from({ length: 5000 }, (_, n): [PersonKey, Buffer] => [person(n), crowdedProfile(n)]),
    );
    const { report } = await assessChunk(chunkOf(households), policy, { profiles, coverage }, 0);
    const answer = await answerThatFits(TOPICS.reports, report, 'c' as CorrelationId);
    expect(report.basis?.length).toBeGreaterThan(1_000_000);
    expect(answer).toMatchObject({ withBasis: true });
  });

  it('lets the reports go out without a basis that is too large, and nothing when they are too large alone', async () => {
    const { report } = await assessChunk(
      chunkOf([household({ applicant: person(1) })]),
      policy,
      { profiles: new Map(), coverage },
      0,
    );
    const large = { ...report, basis: randomBytes(TOPICS.reports.maxMessageBytes) };
    expect((await answerThatFits(TOPICS.reports, report, 'c' as CorrelationId))?.withBasis).toBe(true);
    const bare = await answerThatFits(TOPICS.reports, large, 'c' as CorrelationId);
    expect(bare).toMatchObject({ withBasis: false });
    expect(bare?.message.value.length).toBeLessThan(2000);
    expect(await answerThatFits({ ...TOPICS.reports, maxMessageBytes: 100 }, report, 'c' as CorrelationId)).toBeNull();
  });
});

function fail(): never {
  throw new Error('a household has an applicant');
}
