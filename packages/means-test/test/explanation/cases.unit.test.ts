import type { Explanation } from '@hedui/contracts';
import { assess, explain } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { need } from '../city/cells.js';
import { a, compiled, freshLoads, household, outcome, samplePolicy, someone, withProgramme } from '../given.js';
import { toArguments } from '../plain/adapter.js';
import type { World } from '../plain/world.js';
import { checkedExplanation } from './check.js';

const explained = (world: World): Explanation => {
  const given = toArguments(compiled(world.policy), world);
  return checkedExplanation(given, assess(...given));
};
const whatIf = (world: World, kind: string) => {
  const found = explained(world).conclusion.counterfactuals.find((line) => line.kind === kind);
  const { amount, conclusion, differs, sources } = need(found, kind);
  return { amount, conclusion, differs, sources };
};

describe('what would change the conclusion', () => {
  it('tells the income that would be low enough, to the fen, and the rules agree', () => {
    const at = (transfer: string): World => household({ persons: [someone('applicant', { transfer })] });
    expect(whatIf(at('9000.00'), 'income_lower')).toMatchObject({
      amount: '180.01',
      conclusion: 'meets',
      differs: true,
    });
    expect(outcome(at('8819.99')).conclusion).toBe('meets');
    expect(outcome(at('8820.00')).conclusion).toBe('does_not_meet');
  });

  it('tells the income that would be too high, to the fen, and the rules agree', () => {
    const at = (transfer: string): World => household({ persons: [someone('applicant', { transfer })] });
    expect(whatIf(at('8000.00'), 'income_higher')).toMatchObject({ amount: '820.00', conclusion: 'does_not_meet' });
    expect(outcome(at('8820.00')).conclusion).toBe('does_not_meet');
  });

  it('tells the spending and the balance that would do', () => {
    const spending = household({
      programme: 'rigid_expenditure',
      persons: [someone('applicant', { transfer: '10000.00', rigid: '1000.00' })],
    });
    expect(whatIf(spending, 'expenditure_higher')).toMatchObject({ amount: '180.01', conclusion: 'meets' });
    const balance = household({ records: [a('account', { balance: 1_764_001n })] });
    expect(whatIf(balance, 'fund_balance_lower')).toMatchObject({ amount: '0.01', conclusion: 'meets' });
  });

  it('sets one record aside, then all that fail, then all that decide', () => {
    const records = [a('registration', { recordId: 'V1' }), a('registration', { recordId: 'V2', useNature: 'D' })];
    const lines = explained(household({ records })).conclusion.counterfactuals;
    const told = lines.map(({ kind, findings, conclusion }) => [kind, findings, conclusion]);
    expect(told).toEqual([
      ['without_finding', [0], 'does_not_meet'],
      ['without_finding', [1], 'does_not_meet'],
      ['without_finding', [2], 'does_not_meet'],
      ['without_failing', [0, 1], 'meets'],
      ['without_failing_and_review', [0, 1, 2], 'meets'],
      ['income_higher', [], 'does_not_meet'],
    ]);
  });

  it.each([
    ['a death', { records: [a('death')] }],
    ['another name', { records: [a('registration', { sameName: false })] }],
    [
      'a declared status',
      {
        persons: [someone('applicant', { maritalStatus: 'married' })],
        records: [a('marriage', { state: 'divorced' })],
      },
    ],
    ['a spouse who is left out', { records: [a('marriage')] }],
    ['a divorce', { records: [a('marriage', { state: 'divorced', eventDate: '2026-10-01' })] }],
    ['income that was not declared', { records: [a('income', { gross: 200_000n })] }],
    ['a role', { records: [a('role', { role: 'executive' })] }],
    ['a loan', { records: [a('account', { loan: 150_001n })] }],
    ['a benefit', { records: [a('assistance')] }],
    ['an agreement', { persons: [someone('applicant'), someone('supporter', { agreed: '100.00' })] }],
  ] as [string, Partial<World>][])('clears %s', (_name, change) => {
    expect(whatIf(household(change), 'without_finding')).toMatchObject({ conclusion: 'meets', differs: true });
  });

  it('says nothing of a finding that nothing would clear', () => {
    const world = household({ policy: withProgramme('urban_dibao', { incomeCeiling: 0 }) });
    expect(explained(world).conclusion.counterfactuals).toEqual([]);
  });

  it('lets one source answer, and all of them', () => {
    const without = (...names: string[]): World =>
      household({ loads: freshLoads().filter((load) => !names.includes(load.source)) });
    expect(whatIf(without('tax'), 'source_answers')).toMatchObject({ conclusion: 'meets', sources: ['tax'] });
    const two = without('tax', 'vehicle');
    expect(whatIf(two, 'source_answers')).toMatchObject({ conclusion: 'incomplete', differs: false });
    expect(whatIf(two, 'required_sources_answer')).toMatchObject({ conclusion: 'meets', sources: ['tax', 'vehicle'] });
    expect(explained(two).findings.map(({ clearedBy }) => clearedBy.who)).toEqual(['source', 'source']);
  });
});

describe('where things come from', () => {
  it('names the row of the policy', () => {
    const { standard } = explained(household({ region: '520102001' })).arithmetic;
    expect(standard).toMatchObject({ amount: '750.00', region: '520102', area: 'urban', from: '2026-07-01' });
  });

  it('names who gave a finding its effect', () => {
    const policy = samplePolicy();
    policy.effects = { VEHICLE_OWNED: 'review', FUND_LOAN: 'info' };
    policy.programmes = withProgramme('urban_dibao', { effects: { FUND_LOAN: 'fails' } }).programmes;
    const records = [a('registration', { useNature: 'D' }), a('account', { loan: 150_001n })];
    const loads = freshLoads().filter((load) => load.source !== 'tax');
    const { findings } = explained(household({ policy, records, loads }));
    expect(findings.map(({ code, effect, effectFrom }) => [code, effect, effectFrom])).toEqual([
      ['VEHICLE_OWNED', 'review', 'policy'],
      ['VEHICLE_COMMERCIAL', 'review', 'default'],
      ['FUND_LOAN', 'fails', 'programme'],
      ['SOURCE_NO_REPLY', 'info', 'fixed'],
    ]);
  });

  it('tells a wage by month, and which source was taken', () => {
    const records = [
      a('income', { period: '2026-10', gross: 80_000n }),
      a('income', { period: '2026-09', gross: 50_000n }),
      a('account', { openedOn: '2026-08-20', paidThrough: '2026-10', wageBase: 60_000n }),
    ];
    const { wage } = need(explained(household({ records })).arithmetic.members[0], 'member').income;
    expect(wage.months.slice(-4)).toEqual([
      { month: '2026-07', tax: '0.00', fund: '0.00', taken: 'none', amount: '0.00' },
      { month: '2026-08', tax: '0.00', fund: '600.00', taken: 'fund', amount: '600.00' },
      { month: '2026-09', tax: '500.00', fund: '600.00', taken: 'fund', amount: '600.00' },
      { month: '2026-10', tax: '800.00', fund: '600.00', taken: 'tax', amount: '800.00' },
    ]);
    expect(wage).toMatchObject({ verified: '2000.00', taken: 'verified', tolerance: { source: 'housing_fund' } });
  });

  it('tells the formula of a supporter step by step', () => {
    const persons = [someone('applicant'), someone('supporter', { transfer: '20000.01', supported: 3 })];
    const [supporter] = explained(household({ persons })).arithmetic.supporters;
    expect(supporter).toMatchObject({
      reason: 'formula',
      amount: '1128.33',
      formula: { assessed: '20000.01', line: '13230.00', excess: '6770.01', share: '3385.005' },
    });
    expect(supporter?.steps).toHaveLength(4);
  });

  it('passes a tier over for the other area, or where there is no disposable income', () => {
    const policy = samplePolicy();
    policy.disposableIncome = [{ region: '530000', area: 'urban', from: '2026-01-01', yearly: '46000.00' }];
    policy.tiers = [
      { programme: 'rural_dibao', code: 'dibao' },
      { programme: 'rigid_expenditure', code: 'rigid' },
      { programme: 'urban_dibao', code: 'urban' },
      { programme: 'dibao_margin', code: 'margin' },
    ];
    const { tier } = explained(household({ policy }));
    expect(tier.entries.map(({ programme, passedOver, outcome: o }) => [programme, passedOver ?? o])).toEqual([
      ['rural_dibao', 'other_area'],
      ['rigid_expenditure', 'disposable_income_missing'],
      ['urban_dibao', 'holds'],
      ['dibao_margin', 'holds'],
    ]);
    expect(tier).toMatchObject({ result: 'urban', next: { tier: 'margin', outcome: 'holds' } });
  });

  it('sets the declaration beside the register', () => {
    const persons = [someone('applicant', { maritalStatus: 'married' }), someone('spouse')];
    const records = [a('marriage', { spouse: 'P2' }), a('assistance', { benefit: 'B1' })];
    const own = { persons, records, ownBenefit: 'B1', verificationType: 'periodic_review' };
    const { declared } = explained(household(own));
    expect(declared.members[0]).toMatchObject({ marital: { agrees: true }, spouse: { declared: true, member: 2 } });
    expect(declared.ownBenefit).toMatchObject({ declared: true, counts: true, found: [{ member: 1, recordId: 'R1' }] });
    expect(explained(household({ ...own, verificationType: 'letter' })).declared.ownBenefit.counts).toBe(false);
  });

  it('refuses what assess refuses', () => {
    const [policy, given, facts, states] = toArguments(compiled(samplePolicy()), household());
    expect(() => explain(policy, { ...given, programme: 'unknown' }, facts, states)).toThrow('PROGRAMME_UNKNOWN');
  });
});
