import { FINDING_CODES, FINDING_DEFAULTS } from '@hedui/contracts';
import { type Policy, type Programme, parsePolicy, policyDocumentOf, policyFromCanonical } from '@hedui/means-test';
import { describe, expect, it } from '@jest/globals';
import { compilePolicy } from '../src/policy/compile.js';
import { readHundredths } from '../src/policy/decimal.js';
import { compiled, samplePolicy, withProgramme } from './given.js';
import { day } from './plain/adapter.js';

const programmeOf = (policy: Policy, code: string): Programme => {
  const programme = policy.programmes.get(code);
  if (programme === undefined) throw new Error(`the policy has no ${code}`);
  return programme;
};
describe('a policy as it is assessed with (README §13)', () => {
  it('holds what the document says, in fen, hundredths and days', () => {
    const { programmes, tiers, standards, disposableIncome, ...rest } = compiled(samplePolicy());
    expect(rest).toEqual({
      id: 'sample-city',
      version: 1,
      title: expect.anything(),
      effectiveFrom: day('2025-01-01'),
      freshness: { tax: 45, vehicle: 35, housing_fund: 45, business_registry: 35, civil_affairs: 20 },
      tolerance: { percent: 1000, yearly: 1000_00 },
      employmentCost: { percent: 2000, yearlyCap: 3600_00 },
      supporter: { standardMultiple: 150, ratePercent: 5000 },
      recentMonths: 12,
      loanRepayment: 1500_00,
      exemptPlateTypes: new Set(['07', '08', '11']),
      goneStatus: ['C', 'E', 'M'],
      exclusiveProgrammes: new Set(['urban_dibao', 'rural_dibao', 'tekun']),
    });
    expect([...standards.entries()]).toEqual([
      [
        'urban:5201',
        [
          { region: '520100', from: day('2026-07-01'), amount: 735_00 },
          { region: '520100', from: day('2025-01-01'), amount: 700_00 },
        ],
      ],
      [
        'rural:5201',
        [
          { region: '520100', from: day('2026-07-01'), amount: 546_50 },
          { region: '520100', from: day('2025-01-01'), amount: 520_00 },
        ],
      ],
      ['urban:520102', [{ region: '520102', from: day('2026-07-01'), amount: 750_00 }]],
    ]);
    expect([...disposableIncome.values()].flat().map((row) => row.amount)).toEqual([46000_00, 22000_00]);
    expect([...programmes.keys()].sort()).toEqual(
      ['dibao_margin', 'public_housing', 'rigid_expenditure', 'rural_dibao', 'urban_dibao'].sort(),
    );
    expect(tiers.map((t) => [t.code, t.urban?.code, t.rural?.code, t.named])).toEqual([
      ['dibao', 'urban_dibao', 'rural_dibao', { urban: 'urban_dibao', rural: 'rural_dibao' }],
      ['dibao_margin', 'dibao_margin', 'dibao_margin', { urban: 'dibao_margin', rural: 'dibao_margin' }],
      [
        'rigid_expenditure',
        'rigid_expenditure',
        'rigid_expenditure',
        { urban: 'rigid_expenditure', rural: 'rigid_expenditure' },
      ],
    ]);
  });

  it('holds every test of a programme', () => {
    const policy = compiled(samplePolicy());
    const all = ['tax', 'vehicle', 'housing_fund', 'business_registry', 'civil_affairs'];
    const { effects, effectOrigins, failsMask, ...urban } = programmeOf(policy, 'urban_dibao');
    expect(urban).toEqual({
      code: 'urban_dibao',
      area: 'urban',
      incomeCeiling: 100,
      incomeCeilingDisposable: false,
      expenditureTest: false,
      maxVehicles: 0,
      fundBalanceMonths: 2400,
      investorCapital: 0,
      requires: all,
      exclusive: true,
    });
    expect(programmeOf(policy, 'rigid_expenditure')).toMatchObject({
      code: 'rigid_expenditure',
      area: null,
      incomeCeiling: null,
      incomeCeilingDisposable: true,
      expenditureTest: true,
      maxVehicles: 1,
      fundBalanceMonths: 3600,
      investorCapital: 30000_00,
      requires: all,
      exclusive: false,
    });
    expect(effects).toEqual(FINDING_DEFAULTS);
    expect(Object.keys(effectOrigins)).toEqual(FINDING_CODES);
    expect(failsMask).not.toBe(0);
  });

  it('has no test, no limit and no end of freshness where the document names none', () => {
    const document = samplePolicy();
    delete document.loanRepayment;
    delete document.effects;
    document.freshness = { tax: 0 };
    document.programmes = { bare: { requires: [] } };
    document.tiers = [{ code: 'first', urban: 'bare' }];
    document.exclusiveProgrammes = ['medical'];
    const policy = compiled(document);
    expect(policy.loanRepayment).toBeNull();
    expect(policy.freshness).toEqual({
      tax: 0,
      vehicle: null,
      housing_fund: null,
      business_registry: null,
      civil_affairs: null,
    });
    expect(programmeOf(policy, 'bare')).toMatchObject({
      area: null,
      incomeCeiling: null,
      incomeCeilingDisposable: false,
      expenditureTest: false,
      maxVehicles: null,
      fundBalanceMonths: null,
      investorCapital: null,
      exclusive: false,
      effects: FINDING_DEFAULTS,
    });
    expect(policy.tiers).toMatchObject([{ code: 'first', rural: null, named: { urban: 'bare', rural: null } }]);
    expect(policy.tiers[0]?.urban?.code).toBe('bare');
    document.tiers = [{ code: 'first', rural: 'bare' }];
    expect(compiled(document).tiers).toMatchObject([{ urban: null, named: { urban: null, rural: 'bare' } }]);
  });

  it('keeps the title, or has none', () => {
    expect(compiled(samplePolicy()).title).toEqual({ zh: expect.any(String), en: expect.any(String) });
    const document: Record<string, unknown> = { ...samplePolicy() };
    delete document.title;
    const parsed = parsePolicy(JSON.stringify(document), 'json');
    expect(parsed).toMatchObject({ ok: true, policy: { title: null } });
  });

  it('passes a programme of the other area over in a tier, and still tells what the tier names', () => {
    const document = samplePolicy();
    document.tiers = [{ code: 'rural', programme: 'rural_dibao' }];
    const [tier] = compiled(document).tiers;
    expect([tier?.urban, tier?.rural?.code, tier?.named]).toEqual([
      null,
      'rural_dibao',
      { urban: 'rural_dibao', rural: 'rural_dibao' },
    ]);
  });

  it('takes effects from the programme, the policy, the defaults, and tells from which (README §9)', () => {
    const document = withProgramme('urban_dibao', { effects: { FUND_LOAN: 'fails', SOURCE_NO_REPLY: 'info' } });
    document.effects = { FUND_LOAN: 'info', COOP_MEMBER: 'fails', VEHICLE_OWNED: 'review', STALE_DATA: 'info' };
    const { effects, effectOrigins } = programmeOf(compiled(document), 'urban_dibao');
    const asked = [
      'FUND_LOAN',
      'COOP_MEMBER',
      'VEHICLE_OWNED',
      'INCOME_OVER',
      'SOURCE_NO_REPLY',
      'STALE_DATA',
    ] as const;
    expect(asked.map((code) => [code, effects[code], effectOrigins[code]])).toEqual([
      ['FUND_LOAN', 'fails', 'programme'],
      ['COOP_MEMBER', 'fails', 'policy'],
      ['VEHICLE_OWNED', 'review', 'policy'],
      ['INCOME_OVER', 'fails', 'default'],
      ['SOURCE_NO_REPLY', 'info', 'fixed'],
      ['STALE_DATA', 'info', 'fixed'],
    ]);
  });

  it('keeps a silent or stale source an information, whatever an old version says (README §9)', () => {
    const document = withProgramme('urban_dibao', { effects: { SOURCE_NO_REPLY: 'fails' } });
    document.effects = { STALE_DATA: 'review' };
    const { effects } = programmeOf(policyFromCanonical(JSON.stringify(document)), 'urban_dibao');
    expect([effects.SOURCE_NO_REPLY, effects.STALE_DATA]).toEqual(['info', 'info']);
  });

  it('is refused with a cause when a stored version could not be compiled', () => {
    const document = samplePolicy();
    document.tiers = [{ code: 'first', programme: 'nowhere' }];
    expect(() => policyFromCanonical(JSON.stringify(document))).toThrow(
      'a tier names a programme that the policy does not have',
    );
  });

  it.each([
    ['money', { loanRepayment: '1.005' }, 'a money of the policy was not checked'],
    ['a percentage', { tolerance: { percent: -1, yearly: '0' } }, 'a number of the policy was not checked'],
    ['a date', { effectiveFrom: '2025-02-29' }, 'a date of the policy was not checked'],
  ])('refuses to compile %s that no check has seen', (_what, change, message) => {
    const document = { ...policyDocumentOf(JSON.stringify(samplePolicy())), ...change };
    expect(() => compilePolicy(document)).toThrow(new TypeError(message));
  });

  it.each([
    ['1', 100],
    ['1.5', 150],
    ['1.05', 105],
    [1.5, 150],
    [0, 0],
    ['123456789.99', 12_345_678_999],
    ['1234567890', null],
    ['1.555', null],
    ['1.', null],
    ['.5', null],
    ['', null],
    ['-1', null],
    ['1,5', null],
    ['1x5', null],
    [' 1', null],
    ['1 ', null],
    ['1e3', null],
  ])('reads %j as %j hundredths', (value, expected) => {
    expect(readHundredths(value)).toBe(expected);
  });
});
