import { describe, expect, it } from '@jest/globals';
import { a, found, household, outcome, someone } from './given.js';
import { fen } from './plain/arithmetic.js';
import type { PlainRecord } from './plain/world.js';

const ALL: PlainRecord[] = [
  a('income', { gross: fen('99999') }),
  a('registration'),
  a('account', { balance: fen('999999'), status: '01', paidThrough: '2026-11', loan: fen('9999') }),
  a('role', { role: 'legal_representative' }),
  a('marriage', { state: 'divorced', eventDate: '2026-11-01' }),
  a('assistance'),
];
const renamed = (records: PlainRecord[], row = 1): PlainRecord[] =>
  records.map((r) => ({ ...r, row, sameName: false }));

describe('records under another name (README §3)', () => {
  it('are not used; the person is told once per source', () => {
    const result = outcome(household({ records: renamed([...ALL, ...ALL, a('death')]) }));
    expect(result.findings.map((f) => [f.code, f.member, f.source, f.recordId])).toEqual([
      ['ID_NAME_MISMATCH', 1, 'tax', null],
      ['ID_NAME_MISMATCH', 1, 'vehicle', null],
      ['ID_NAME_MISMATCH', 1, 'housing_fund', null],
      ['ID_NAME_MISMATCH', 1, 'business_registry', null],
      ['ID_NAME_MISMATCH', 1, 'civil_affairs', null],
    ]);
    expect([result.annualIncome, result.conclusion]).toEqual([0, 'needs_review']);
  });

  it.each([
    ['an income of long ago', a('income', { period: '2010-01' })],
    ['a vehicle that is gone', a('registration', { disposedOn: '2010-01-01' })],
    ['a marriage in the future', a('marriage', { eventDate: '2030-01-01' })],
    ['a death after T', a('death', { deathDate: '2030-01-01' })],
    ['a benefit that ended', a('assistance', { to: '2010-01-01' })],
  ])('count whatever their dates: %s', (_what, record) => {
    expect(found(household({ records: renamed([record]) }))).toEqual(['ID_NAME_MISMATCH@1']);
  });

  it('are noted beside records under the own name', () => {
    const records = [a('registration'), a('registration', { recordId: 'R2', sameName: false })];
    expect(found(household({ records }))).toEqual(['ID_NAME_MISMATCH@1', 'VEHICLE_OWNED@1#R1']);
  });

  it.each([
    ['income', true],
    ['registration', false],
    ['account', true],
    ['role', false],
    ['marriage', false],
    ['death', true],
    ['assistance', true],
  ] as const)('of a living supporter: %s, told %s', (type, raised) => {
    const persons = [someone('applicant'), someone('supporter')];
    const codes = found(household({ persons, records: renamed([a(type)], 2) }));
    expect(codes).toEqual(raised ? ['ID_NAME_MISMATCH@2'] : []);
  });
});

describe('members who died (README §5)', () => {
  const couple = [someone('applicant'), someone('spouse', { other: '500', rigid: '100' })];
  const dies = (deathDate: string): PlainRecord => a('death', { row: 2, deathDate });

  it.each([
    ['2026-11-14', ['MEMBER_DECEASED@2'], 1],
    ['2026-11-15', ['MEMBER_DECEASED@2'], 1],
    ['2026-11-16', [], 2],
  ])('died on %s', (date, codes, n) => {
    const result = outcome(household({ persons: couple, records: [dies(date)] }));
    expect([result.findings.map((f) => `${f.code}@${f.member}`), result.countedMembers]).toEqual([codes, n]);
    expect(result.annualIncome).toBe(n === 1 ? 0 : 50_000);
  });

  it('are told once, from civil affairs, without a record', () => {
    const records = [dies('2026-03-03'), { ...dies('2026-02-02'), recordId: 'R2' }];
    expect(outcome(household({ persons: couple, records })).findings).toEqual([
      {
        code: 'MEMBER_DECEASED',
        effect: 'review',
        member: 2,
        source: 'civil_affairs',
        recordId: null,
        detail: { deathDate: '2026-02-02' },
      },
    ]);
  });

  it('bring neither income nor property nor other findings, not even a name mismatch', () => {
    const records = [...ALL, ...renamed(ALL)].map((r) => ({ ...r, row: 2 }));
    const notAssistance = records.filter((r) => r.type !== 'assistance');
    const result = outcome(household({ persons: couple, records: [...notAssistance, dies('2026-01-01')] }));
    expect(result.findings.map((f) => f.code)).toEqual(['MEMBER_DECEASED']);
    expect([result.annualIncome, result.income.length]).toEqual([0, 1]);
  });

  it.each([
    ['active', a('assistance', { programme: 'medical' }), true],
    ['to T', a('assistance', { to: '2026-11-15' }), true],
    ['to the day before T', a('assistance', { to: '2026-11-14' }), false],
    ['from T', a('assistance', { from: '2026-11-15' }), true],
    ['from the day after T', a('assistance', { from: '2026-11-16' }), false],
    ['the own benefit', a('assistance', { benefit: 'OWN' }), true],
    ['under another name', a('assistance', { sameName: false }), false],
  ])('DEAD_STILL_PAID for a benefit %s: %s', (_what, record, raised) => {
    const world = household({
      persons: couple,
      records: [{ ...record, row: 2 }, dies('2026-01-01')],
      ownBenefit: 'OWN',
      verificationType: 'periodic_review',
    });
    expect(found(world)).toEqual(['MEMBER_DECEASED@2', ...(raised ? ['DEAD_STILL_PAID@2#R1'] : [])]);
  });

  it('are told of each benefit that is still paid', () => {
    const paid = [a('assistance', { row: 2, recordId: 'A2' }), a('assistance', { row: 2, recordId: 'A1' })];
    expect(found(household({ persons: couple, records: [...paid, dies('2026-01-01')] }))).toEqual([
      'MEMBER_DECEASED@2',
      'DEAD_STILL_PAID@2#A1',
      'DEAD_STILL_PAID@2#A2',
    ]);
  });

  it('leave nobody: tests are skipped, effects do not decide, there is no tier', () => {
    const policy = household().policy;
    policy.effects = { MEMBER_DECEASED: 'fails', SUPPORTER_CAPABLE: 'fails' };
    const persons = [someone('applicant'), someone('supporter', { agreed: '99999' })];
    const world = household({ policy, persons, records: [a('death')] });
    const result = outcome(world);
    expect(result).toMatchObject({
      conclusion: 'needs_review',
      tier: null,
      countedMembers: 0,
      annualIncome: 9_999_900,
    });
    expect(found(world)).toEqual(['MEMBER_DECEASED@1', 'SUPPORTER_CAPABLE@2']);
  });

  it('leave nobody, and a required source is silent: incomplete', () => {
    const world = household({ records: [a('death')], loads: household().loads.filter((l) => l.source !== 'tax') });
    expect(outcome(world)).toMatchObject({ conclusion: 'incomplete', tier: null });
  });
});
