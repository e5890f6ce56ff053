/** A row for each code that a rule raises: longer than other files, so that the table stands whole. */
import type { Finding } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { a, freshLoads, household, outcome, someone } from './given.js';
import { fen } from './plain/arithmetic.js';
import type { PlainRecord, World } from './plain/world.js';

const couple = [someone('applicant'), someone('spouse')];
const findings = (change: Partial<World>): Finding[] => outcome(household(change)).findings;
/** A finding of row 2 by record R1, as most of these are. */
const finding = (
  code: string,
  effect: string,
  source: string | null,
  detail: Record<string, unknown>,
  rest: { member?: number | null; recordId?: string | null } = {},
): unknown => ({ code, effect, member: 2, source, recordId: 'R1', detail, ...rest });
const ofPerson = { recordId: null };
const ofHousehold = { member: null, recordId: null };

/** Nothing but the records of row 2 tells against this couple. */
const bySpouse = (...records: PlainRecord[]): Partial<World> => ({
  persons: couple,
  records: records.map((r) => ({ ...r, row: 2 })),
});

const car = { plateType: '02', status: 'A', registeredOn: '2020-01-01' };
const company = { entityType: 'company', entityStatus: 'active' };

describe('the whole of a finding (README §12)', () => {
  const cases: [string, Partial<World>, unknown[]][] = [
    [
      'MEMBER_DECEASED and DEAD_STILL_PAID',
      bySpouse(a('death', { deathDate: '2026-03-04' }), a('assistance', { programme: 'medical', to: '2026-12-31' })),
      [
        finding('MEMBER_DECEASED', 'review', 'civil_affairs', { deathDate: '2026-03-04' }, ofPerson),
        finding('DEAD_STILL_PAID', 'review', 'civil_affairs', {
          programme: 'medical',
          region: '520103',
          from: '2020-01-01',
          to: '2026-12-31',
        }),
      ],
    ],
    [
      'DEAD_STILL_PAID without an end',
      bySpouse(a('death'), a('assistance')),
      [
        finding('MEMBER_DECEASED', 'review', 'civil_affairs', { deathDate: '2026-01-01' }, ofPerson),
        finding('DEAD_STILL_PAID', 'review', 'civil_affairs', {
          programme: 'urban_dibao',
          region: '520103',
          from: '2020-01-01',
        }),
      ],
    ],
    [
      'ID_NAME_MISMATCH of several types of a source',
      bySpouse(
        a('account', { sameName: false }),
        a('marriage', { sameName: false }),
        a('death', { sameName: false }),
        a('assistance', { sameName: false }),
      ),
      [
        finding('ID_NAME_MISMATCH', 'review', 'housing_fund', { recordTypes: 'account' }, ofPerson),
        finding('ID_NAME_MISMATCH', 'review', 'civil_affairs', { recordTypes: 'marriage,death,assistance' }, ofPerson),
      ],
    ],
    [
      'SPOUSE_UNDECLARED',
      bySpouse(a('marriage', { spouse: 'P9' })),
      [finding('SPOUSE_UNDECLARED', 'review', 'civil_affairs', { state: 'married', eventDate: '2010-05-01' })],
    ],
    [
      'MARITAL_CONFLICT',
      {
        persons: [someone('applicant'), someone('spouse', { maritalStatus: 'widowed' })],
        records: [a('marriage', { row: 2, state: 'married', spouse: 'P1' })],
      },
      [
        finding('MARITAL_CONFLICT', 'review', 'civil_affairs', {
          state: 'married',
          eventDate: '2010-05-01',
          declared: 'widowed',
        }),
      ],
    ],
    [
      'RECENT_DIVORCE',
      bySpouse(a('marriage', { state: 'divorced', eventDate: '2026-05-05' })),
      [finding('RECENT_DIVORCE', 'review', 'civil_affairs', { state: 'divorced', eventDate: '2026-05-05' })],
    ],
    [
      'SUPPORTER_CAPABLE by agreement',
      { persons: [someone('applicant'), someone('supporter', { agreed: '12.34' })] },
      [finding('SUPPORTER_CAPABLE', 'review', null, { amount: '12.34', basis: 'agreed' }, ofPerson)],
    ],
    [
      'SUPPORTER_CAPABLE by the formula',
      { persons: [someone('applicant'), someone('supporter', { other: '13232' })] },
      [finding('SUPPORTER_CAPABLE', 'review', null, { amount: '1.00', basis: 'formula' }, ofPerson)],
    ],
    [
      'VEHICLE_OWNED',
      bySpouse(a('registration')),
      [finding('VEHICLE_OWNED', 'fails', 'vehicle', { ...car, counted: 1, allowed: 0 })],
    ],
    [
      'VEHICLE_COMMERCIAL',
      { ...bySpouse(a('registration', { useNature: 'D' })), programme: 'dibao_margin' },
      [finding('VEHICLE_COMMERCIAL', 'review', 'vehicle', { ...car, useNature: 'D' })],
    ],
    [
      'VEHICLE_EXEMPT',
      bySpouse(a('registration', { plateType: '08' })),
      [finding('VEHICLE_EXEMPT', 'info', 'vehicle', { ...car, plateType: '08' })],
    ],
    [
      'VEHICLE_RECENT_DISPOSAL',
      bySpouse(a('registration', { disposedOn: '2026-06-07', status: 'E' })),
      [finding('VEHICLE_RECENT_DISPOSAL', 'review', 'vehicle', { ...car, status: 'E', disposedOn: '2026-06-07' })],
    ],
    [
      'COMPANY_LEGAL_REP',
      bySpouse(a('role', { role: 'legal_representative', capital: fen('10.50') })),
      [
        finding('COMPANY_LEGAL_REP', 'review', 'business_registry', {
          ...company,
          role: 'legal_representative',
          capital: '10.50',
        }),
      ],
    ],
    [
      'COMPANY_INVESTOR',
      { ...bySpouse(a('role', { role: 'investor', capital: fen('30000.01') })), programme: 'dibao_margin' },
      [
        finding('COMPANY_INVESTOR', 'fails', 'business_registry', {
          ...company,
          role: 'investor',
          capital: '30000.01',
          limit: '30000.00',
        }),
      ],
    ],
    [
      'SELF_EMPLOYED',
      bySpouse(a('role', { role: 'operator', entityType: 'individual_business' })),
      [
        finding('SELF_EMPLOYED', 'review', 'business_registry', {
          ...company,
          role: 'operator',
          entityType: 'individual_business',
        }),
      ],
    ],
    [
      'COMPANY_DORMANT',
      bySpouse(a('role', { role: 'operator', entityStatus: 'revoked' })),
      [
        finding('COMPANY_DORMANT', 'info', 'business_registry', {
          ...company,
          role: 'operator',
          entityStatus: 'revoked',
        }),
      ],
    ],
    [
      'COOP_MEMBER',
      bySpouse(a('role', { role: 'investor', entityType: 'farmers_cooperative', capital: 0n })),
      [
        finding('COOP_MEMBER', 'info', 'business_registry', {
          ...company,
          role: 'investor',
          entityType: 'farmers_cooperative',
          capital: '0.00',
        }),
      ],
    ],
    [
      'INCOME_UNDERDECLARED of a wage and of another category',
      {
        persons: [someone('applicant'), someone('spouse', { wage: '10000', property: '20000.05' })],
        records: [
          a('account', { row: 2, openedOn: '2020-01-01', paidThrough: '2026-10', wageBase: fen('1000') }),
          a('income', { row: 2, item: 'property_lease', gross: fen('22000.06') }),
        ],
        programme: 'public_housing',
      },
      [
        finding(
          'INCOME_UNDERDECLARED',
          'review',
          'housing_fund',
          { category: 'wage', declared: '10000.00', verified: '12000.00', tolerance: '1000.00' },
          ofPerson,
        ),
        finding(
          'INCOME_UNDERDECLARED',
          'review',
          'tax',
          // Ten per cent is 2000.005; a gap is above it from 2000.01 on.
          { category: 'property', declared: '20000.05', verified: '22000.06', tolerance: '2000.00' },
          ofPerson,
        ),
      ],
    ],
    [
      'INCOME_OVER by the multiple',
      { persons: [someone('applicant', { other: '10000' })] },
      [
        finding(
          'INCOME_OVER',
          'fails',
          null,
          { ceiling: 'multiple', limit: '8820.00', annualIncome: '10000.00' },
          ofHousehold,
        ),
      ],
    ],
    [
      'INCOME_OVER by the disposable income',
      {
        persons: [someone('applicant', { other: '92000', rigid: '90000' }), someone('spouse')],
        programme: 'rigid_expenditure',
      },
      [
        finding(
          'INCOME_OVER',
          'fails',
          null,
          { ceiling: 'disposable', limit: '92000.00', annualIncome: '92000.00' },
          ofHousehold,
        ),
      ],
    ],
    [
      'EXPENDITURE_LOW',
      {
        persons: [someone('applicant', { other: '20000', rigid: '1.50' }), someone('spouse', { rigid: '1' })],
        programme: 'rigid_expenditure',
      },
      [
        finding(
          'EXPENDITURE_LOW',
          'fails',
          null,
          { annualIncome: '20000.00', expenditure: '2.50', limit: '17640.00' },
          ofHousehold,
        ),
      ],
    ],
    [
      'FUND_ACTIVE',
      bySpouse(a('account', { status: '01', paidThrough: '2026-09', wageBase: fen('12.50') })),
      [
        finding('FUND_ACTIVE', 'info', 'housing_fund', {
          status: '01',
          paidThrough: '2026-09',
          wageBase: '12.50',
        }),
      ],
    ],
    [
      'FUND_BALANCE_OVER',
      bySpouse(a('account', { balance: fen('20000') }), a('account', { recordId: 'R2', balance: fen('20000') })),
      [finding('FUND_BALANCE_OVER', 'review', 'housing_fund', { balance: '40000.00', limit: '35280.00' }, ofHousehold)],
    ],
    [
      'FUND_LOAN',
      bySpouse(a('account', { loan: fen('1500.01') })),
      [finding('FUND_LOAN', 'review', 'housing_fund', { monthlyRepayment: '1500.01', limit: '1500.00' })],
    ],
    [
      'DUPLICATE_BENEFIT',
      bySpouse(a('assistance')),
      [
        finding('DUPLICATE_BENEFIT', 'fails', 'civil_affairs', {
          programme: 'urban_dibao',
          region: '520103',
          from: '2020-01-01',
        }),
      ],
    ],
    [
      'CROSS_REGION_BENEFIT',
      bySpouse(a('assistance', { region: '520102', programme: 'rural_dibao', to: '2026-11-30' })),
      [
        finding('CROSS_REGION_BENEFIT', 'fails', 'civil_affairs', {
          programme: 'rural_dibao',
          region: '520102',
          from: '2020-01-01',
          to: '2026-11-30',
        }),
      ],
    ],
    [
      'SOURCE_NO_REPLY',
      { loads: freshLoads().filter((l) => l.source !== 'housing_fund') },
      [finding('SOURCE_NO_REPLY', 'info', 'housing_fund', { asOf: null }, ofHousehold)],
    ],
    [
      'STALE_DATA',
      { loads: freshLoads().map((l) => (l.source === 'tax' ? { ...l, asOf: '2026-01-02' } : l)) },
      [finding('STALE_DATA', 'info', 'tax', { asOf: '2026-01-02' }, ofHousehold)],
    ],
  ];
  it.each(cases)('%s', (_what, change, expected) => {
    expect(findings(change)).toEqual(expected);
  });

  it('of each vehicle, when a household has too many', () => {
    const records = [a('registration', { recordId: 'A' }), a('registration', { recordId: 'B', row: 2 })];
    const detail = { ...car, counted: 2, allowed: 1 };
    expect(findings({ persons: couple, records, programme: 'dibao_margin' })).toEqual([
      finding('VEHICLE_OWNED', 'fails', 'vehicle', detail, { member: 1, recordId: 'A' }),
      finding('VEHICLE_OWNED', 'fails', 'vehicle', detail, { member: 2, recordId: 'B' }),
    ]);
  });

  it('of the roles above the limit alone', () => {
    const investor = (recordId: string, capital: string): PlainRecord =>
      a('role', { recordId, role: 'investor', capital: fen(capital) });
    const records = [
      investor('A', '30000.00'),
      investor('B', '40000.00'),
      investor('C', '30000.01'),
      investor('D', '5'),
    ];
    expect(findings({ records, programme: 'dibao_margin' }).map((f) => [f.code, f.recordId])).toEqual([
      ['COMPANY_INVESTOR', 'B'],
      ['COMPANY_INVESTOR', 'C'],
    ]);
  });
});
