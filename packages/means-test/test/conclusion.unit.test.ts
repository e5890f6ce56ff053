import type { Fen } from '@hedui/contracts';
import { assess, HouseholdNotAssessable, NO_FACTS, perCapitaMonthly } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import {
  a,
  compiled,
  found,
  freshLoads,
  household,
  outcome,
  samplePolicy,
  someone,
  told,
  withProgramme,
} from './given.js';
import { toCase } from './plain/adapter.js';
import { fen } from './plain/arithmetic.js';
import type { PlainRecord, World } from './plain/world.js';

const without = (...sources: string[]): World['loads'] => freshLoads().filter((l) => !sources.includes(l.source));
const car = a('registration');
const repaying = a('account', { loan: fen('2000') });

describe('conclusion (README §11)', () => {
  it.each([
    ['nothing found', [], [], 'meets', 'dibao'],
    ['information only', [a('registration', { plateType: '07' })], [], 'meets', 'dibao'],
    ['something to review', [repaying], [], 'needs_review', 'dibao'],
    ['something that fails', [car], [], 'does_not_meet', 'dibao_margin'],
    ['fails and review', [car, repaying], [], 'does_not_meet', 'dibao_margin'],
    ['a silent source', [], ['tax'], 'incomplete', null],
    ['a silent source and something to review', [repaying], ['tax'], 'incomplete', null],
    ['a silent source and something that fails', [car], ['tax'], 'does_not_meet', null],
  ])('%s', (_what, records, silent, conclusion, tier) => {
    const result = outcome(household({ records: records as PlainRecord[], loads: without(...silent) }));
    expect([result.conclusion, result.tier]).toEqual([conclusion, tier]);
  });

  it('tells the state of every source, in the order of the registry', () => {
    const { sources } = outcome(household({ loads: without('vehicle') }));
    expect(sources.map((s) => [s.source, s.state])).toEqual([
      ['tax', 'answered'],
      ['vehicle', 'no_reply'],
      ['housing_fund', 'answered'],
      ['business_registry', 'answered'],
      ['civil_affairs', 'answered'],
    ]);
  });

  it('takes no account of a silent source that is not required', () => {
    const policy = withProgramme('urban_dibao', { requires: ['vehicle'] });
    const result = outcome(household({ policy, loads: without('tax', 'civil_affairs') }));
    expect([result.conclusion, result.tier, told(result.findings)]).toEqual([
      'meets',
      'dibao',
      ['SOURCE_NO_REPLY', 'SOURCE_NO_REPLY'],
    ]);
    expect(result.findings.map((f) => [f.source, f.effect])).toEqual([
      ['tax', 'info'],
      ['civil_affairs', 'info'],
    ]);
  });

  it('treats a stale source as not answered', () => {
    const loads = freshLoads().map((l) => (l.source === 'vehicle' ? { ...l, asOf: '2026-10-10' } : l));
    const result = outcome(household({ loads }));
    expect([result.conclusion, result.tier]).toEqual(['incomplete', null]);
    expect(result.findings).toEqual([
      {
        code: 'STALE_DATA',
        effect: 'info',
        member: null,
        source: 'vehicle',
        recordId: null,
        detail: { asOf: '2026-10-10' },
      },
    ]);
  });

  it('takes effects from the programme, then the policy, then the defaults', () => {
    const policy = withProgramme('urban_dibao', { effects: { FUND_LOAN: 'info' } });
    policy.effects = { FUND_LOAN: 'fails', VEHICLE_OWNED: 'info' };
    expect(outcome(household({ policy, records: [car, repaying] })).conclusion).toBe('meets');
    expect(outcome(household({ policy, programme: 'public_housing', records: [repaying] })).conclusion).toBe(
      'does_not_meet',
    );
    expect(outcome(household({ policy, programme: 'dibao_margin', records: [repaying] })).conclusion).toBe(
      'does_not_meet',
    );
    expect(outcome(household({ records: [repaying] })).conclusion).toBe('needs_review');
  });
});

describe('tier (README §11)', () => {
  it.each([
    ['8819.99', 'dibao'],
    ['8820.00', 'dibao_margin'],
    ['13229.99', 'dibao_margin'],
    ['13230.00', 'none'], // 13230.00 without spending is not below B × 12 either
  ])('an income of %s reaches %s, whatever was applied for', (other, tier) => {
    const persons = [someone('applicant', { other })];
    for (const programme of ['urban_dibao', 'public_housing', 'rigid_expenditure']) {
      expect(outcome(household({ persons, programme })).tier).toBe(tier);
    }
  });

  it('reaches the last tier by spending', () => {
    const persons = [someone('applicant', { other: '20000', rigid: '15000' })];
    expect(outcome(household({ persons })).tier).toBe('rigid_expenditure');
  });

  it('tests each tier by its own keys and effects', () => {
    expect(outcome(household({ records: [repaying], programme: 'public_housing' }))).toMatchObject({
      conclusion: 'does_not_meet',
      tier: 'dibao',
    });
    expect(outcome(household({ records: [a('assistance')], programme: 'public_housing' }))).toMatchObject({
      conclusion: 'meets',
      tier: 'dibao_margin',
    });
    const policy = withProgramme('dibao_margin', { effects: { FUND_LOAN: 'fails' } });
    expect(outcome(household({ policy, records: [repaying, car] })).tier).toBe('rigid_expenditure');
  });

  it.each([
    ['0.00', 'dibao'],
    ['0.01', 'dibao_margin'],
    ['30000.00', 'dibao_margin'],
    ['30000.01', 'none'],
  ])('with a capital of %s reaches %s', (capital, tier) => {
    const records = [a('role', { role: 'investor', capital: fen(capital) })];
    expect(outcome(household({ records, programme: 'public_housing' })).tier).toBe(tier);
  });

  it('passes over a programme of the other area', () => {
    const policy = samplePolicy();
    policy.tiers = [
      { programme: 'rural_dibao', code: 'rural' },
      { rural: 'dibao_margin', code: 'margin' },
      { programme: 'public_housing', code: 'last' },
    ];
    expect(outcome(household({ policy })).tier).toBe('last');
    expect(outcome(household({ policy, area: 'rural', programme: 'rural_dibao' })).tier).toBe('rural');
  });

  it('passes over a programme that needs a disposable income that is missing', () => {
    const policy = samplePolicy();
    policy.disposableIncome = [];
    policy.tiers = [
      { programme: 'rigid_expenditure', code: 'rigid' },
      { programme: 'public_housing', code: 'housing' },
    ];
    expect(outcome(household({ policy })).tier).toBe('housing');
  });

  it('is none where there are no tiers', () => {
    expect(outcome(household({ policy: { ...samplePolicy(), tiers: [] } })).tier).toBe('none');
  });
});

describe('the report', () => {
  it('orders findings by code, member, record id by code point', () => {
    const cars = (row: number): PlainRecord[] =>
      ['9', '10', 'b', 'B'].map((recordId) => a('registration', { row, recordId, useNature: 'D' }));
    const persons = [someone('applicant'), someone('spouse')];
    const ids = ['10', '9', 'B', 'b'];
    const expected = ['VEHICLE_OWNED', 'VEHICLE_COMMERCIAL'].flatMap((code) =>
      [1, 2].flatMap((row) => ids.map((id) => `${code}@${row}#${id}`)),
    );
    expect(found(household({ persons, records: [...cars(2), ...cars(1)] }))).toEqual(expected);
  });

  it('tells the evidence of each finding', () => {
    const records = [
      a('role', { role: 'investor', capital: fen('12.50') }),
      a('assistance', { to: '2026-11-15' }),
      a('income', { sameName: false }),
      a('marriage', { sameName: false }),
      a('death', { sameName: false }),
      a('account', { status: '01', paidThrough: '2026-10', loan: fen('1500.01') }),
    ];
    const details = outcome(household({ records })).findings.map((f) => [f.code, f.detail]);
    expect(details).toEqual([
      ['ID_NAME_MISMATCH', { recordTypes: 'income' }],
      ['ID_NAME_MISMATCH', { recordTypes: 'marriage,death' }],
      [
        'COMPANY_INVESTOR',
        { role: 'investor', entityType: 'company', entityStatus: 'active', capital: '12.50', limit: '0.00' },
      ],
      ['FUND_ACTIVE', { status: '01', paidThrough: '2026-10', wageBase: '0.00' }],
      ['FUND_LOAN', { monthlyRepayment: '1500.01', limit: '1500.00' }],
      ['DUPLICATE_BENEFIT', { programme: 'urban_dibao', region: '520103', from: '2020-01-01', to: '2026-11-15' }],
    ]);
  });

  it.each([
    [100, 1, 8],
    [6, 1, 1],
    [5, 1, 0],
    [18, 1, 2],
    [36, 3, 1],
    [0, 2, 0],
    [100, 0, null],
  ])(
    'shows %i fen a year for %i members as %s fen a month, rounded half up',
    (annualIncome, countedMembers, monthly) => {
      expect(perCapitaMonthly({ annualIncome: annualIncome as Fen, countedMembers })).toBe(monthly);
    },
  );

  it('refuses to assess what the policy would refuse', () => {
    const run = (change: Partial<World>): unknown => {
      const world = household(change);
      return assess(compiled(world.policy), toCase(world), [NO_FACTS], []);
    };
    const refusal = (change: Partial<World>): string => {
      try {
        run(change);
      } catch (error) {
        return error instanceof HouseholdNotAssessable ? error.code : 'another error';
      }
      return 'assessed';
    };
    expect(refusal({ programme: 'medical' })).toBe('PROGRAMME_UNKNOWN');
    expect(refusal({ programme: 'rural_dibao' })).toBe('AREA_MISMATCH');
    expect(refusal({ region: '530102' })).toBe('STANDARD_MISSING');
    expect(refusal({ policy: { ...samplePolicy(), disposableIncome: [] }, programme: 'rigid_expenditure' })).toBe(
      'STANDARD_MISSING',
    );
    expect(() => run({ persons: [someone('applicant'), someone('child')] })).toThrow(RangeError);
  });

  it('takes a required source that nobody speaks of as silent', () => {
    const world = household();
    const result = assess(compiled(world.policy), toCase(world), [NO_FACTS], []);
    expect([result.conclusion, result.findings.length]).toEqual(['incomplete', 5]);
  });
});
