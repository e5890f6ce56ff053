import { formatDay, SOURCES } from '@hedui/contracts';
import { sourceStates } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { compiled, freshLoads, samplePolicy, T } from './given.js';
import { day, toCoverage } from './plain/adapter.js';
import type { PlainLoad, PlainPolicy } from './plain/world.js';

type Loading = { source: string; scope: string }[];
const states = (loads: PlainLoad[], region = '520102', policy: PlainPolicy = samplePolicy(), loading: Loading = []) =>
  sourceStates(compiled(policy), toCoverage(loads), loading, region, day(T));
const tax = (loads: Partial<PlainLoad>[], region?: string): string => {
  const history = loads.map(
    (l): PlainLoad => ({ source: 'tax', type: 'income', scope: '520100', asOf: T, mode: 'full', ...l }),
  );
  const [state] = states(history, region);
  return state === undefined ? '' : `${state.state} ${state.asOf === null ? null : formatDay(state.asOf)}`;
};

describe('source states (README §10)', () => {
  it('tells all five sources in registry order', () => {
    expect(states([]).map((s) => [s.source, s.state, s.asOf])).toEqual(SOURCES.map((s) => [s, 'no_reply', null]));
    expect(states(freshLoads()).map((s) => s.state)).toEqual(SOURCES.map(() => 'answered'));
  });

  it.each([
    ['520000', '520102', true],
    ['520100', '520102', true],
    ['520100', '520103007', true],
    ['520100', '520201', false],
    ['520102', '520102', true],
    ['520102', '520102001', true],
    ['520102', '520103', false],
    ['520102', '520100', false],
    ['520100', '520000', false],
    ['520102001', '520102001', true],
    ['520102001', '520102', false],
    ['530000', '520102', false],
  ])('a load of %s for a household in %s: covers %s', (scope, region, covers) => {
    expect(tax([{ scope }], region)).toBe(covers ? `answered ${T}` : 'no_reply null');
  });

  // Tax may be 45 days old: 2026-10-01 is, 2026-09-30 is older.
  it.each([
    ['2026-10-01', 'answered'],
    ['2026-09-30', 'stale'],
    ['2026-12-31', 'answered'],
  ])('a load as of %s: %s', (asOf, state) => {
    expect(tax([{ asOf }])).toBe(`${state} ${asOf}`);
  });

  it.each([
    ['a delta alone', [{ mode: 'delta' }], 'no_reply null'],
    ['a delta after a full load of its scope', [{ asOf: '2026-11-01' }, { mode: 'delta' }], `answered ${T}`],
    [
      'a delta before the full load, which counts itself',
      [{ mode: 'delta', scope: '520102' }, { asOf: '2026-11-01' }],
      'answered 2026-11-01',
    ],
    [
      'a narrow delta after a wide full load',
      [
        { scope: '520000', asOf: '2026-01-01' },
        { mode: 'delta', scope: '520102' },
      ],
      `answered ${T}`,
    ],
    [
      'a wide delta after a narrow full load',
      [
        { scope: '520102', asOf: '2026-01-01' },
        { mode: 'delta', scope: '520000' },
      ],
      `answered ${T}`,
    ],
    [
      'a delta after a full load of another county',
      [{ scope: '520103' }, { mode: 'delta', scope: '520102' }],
      'no_reply null',
    ],
    ['a delta of another county', [{ asOf: '2026-01-01' }, { mode: 'delta', scope: '520103' }], 'stale 2026-01-01'],
    ['of one scope the last completed counts, though older', [{}, { asOf: '2026-01-01' }], 'stale 2026-01-01'],
    ['of several scopes the newest counts', [{ scope: '520000' }, { asOf: '2026-01-01' }], `answered ${T}`],
    [
      'a delta between two full loads',
      [{ asOf: '2026-01-01' }, { mode: 'delta' }, { asOf: '2026-11-02' }],
      'answered 2026-11-02',
    ],
    [
      'a delta after the first of two wider full loads',
      [
        { scope: '520000', asOf: '2026-01-01' },
        { mode: 'delta', scope: '520102' },
        { scope: '520100', asOf: '2026-01-02' },
      ],
      `answered ${T}`,
    ],
    [
      'a delta after a full load that covers it, beside an older full load of another county',
      [
        { scope: '520103', asOf: '2026-01-01' },
        { mode: 'delta', scope: '520102' },
        { scope: '520100', asOf: '2026-01-02' },
      ],
      'stale 2026-01-02',
    ],
    ['a load of the same type from another source', [{ source: 'vehicle' }], 'no_reply null'],
    [
      'a delta after a full load of the same type from another source',
      [{ source: 'vehicle', scope: '520000' }, { mode: 'delta' }],
      'no_reply null',
    ],
    [
      'a delta after a full load of another type',
      [{ type: 'registration', scope: '520000' }, { mode: 'delta' }],
      'no_reply null',
    ],
    [
      'deltas of one scope before and after',
      [{ mode: 'delta' }, { scope: '520000', asOf: '2026-01-01' }, { mode: 'delta' }],
      `answered ${T}`,
    ],
  ] as [string, Partial<PlainLoad>[], string][])('%s', (_what, loads, expected) => {
    expect(tax(loads)).toBe(expected);
  });

  const civil = (marriage: string | null, death: string | null, assistance: string | null) => {
    const of = (type: string, asOf: string | null): PlainLoad[] =>
      asOf === null ? [] : [{ source: 'civil_affairs', type, scope: '520000', asOf, mode: 'full' }];
    const state = states([...of('marriage', marriage), ...of('death', death), ...of('assistance', assistance)]).at(-1);
    return `${state?.state} ${state?.asOf == null ? null : formatDay(state.asOf)}`;
  };
  // Civil affairs may be 20 days old: 2026-10-26.
  it.each([
    ['2026-11-01', '2026-10-26', '2026-11-10', 'answered 2026-10-26'],
    ['2026-11-01', '2026-10-25', '2026-11-10', 'stale 2026-10-25'],
    ['2026-11-01', null, '2026-11-10', 'no_reply null'],
    ['2026-01-01', null, '2026-11-10', 'no_reply null'],
  ])('needs every record type: marriage %s, death %s, assistance %s', (marriage, death, assistance, expected) => {
    expect(civil(marriage, death, assistance)).toBe(expected);
  });

  it('never finds a source stale that has no freshness', () => {
    const policy = samplePolicy();
    policy.freshness = {};
    for (const programme of Object.values(policy.programmes)) programme.requires = [];
    const old = freshLoads().map((l) => ({ ...l, asOf: '2001-01-01' }));
    expect(states(old, '520102', policy).every((s) => s.state === 'answered')).toBe(true);
  });

  it('marks a source while a load of it is being applied', () => {
    const marked = states(freshLoads(), '520102', samplePolicy(), [{ source: 'vehicle', scope: '520102' }]);
    expect(marked.filter((s) => s.loading).map((s) => s.source)).toEqual(['vehicle']);
  });

  it('marks each source of which one of several loads is being applied', () => {
    const marked = states(freshLoads(), '520102', samplePolicy(), [
      { source: 'vehicle', scope: '520102' },
      { source: 'tax', scope: '520000' },
    ]);
    expect(marked.filter((s) => s.loading).map((s) => s.source)).toEqual(['tax', 'vehicle']);
  });
});
