import { describe, expect, it } from '@jest/globals';
import { a, found, household, outcome, someone } from './given.js';
import { fen } from './plain/arithmetic.js';
import type { PlainRecord } from './plain/world.js';

const raised = (codes: string[], code: string): boolean => codes.some((c) => c.startsWith(`${code}@`));

describe('vehicles (README §8.3)', () => {
  it.each([
    ['registered on T', { registeredOn: '2026-11-15' }, ['VEHICLE_OWNED@1#R1']],
    ['registered a day after T', { registeredOn: '2026-11-16' }, []],
    ['disposed of on T', { disposedOn: '2026-11-15' }, ['VEHICLE_RECENT_DISPOSAL@1#R1']],
    ['disposed of a day after T', { disposedOn: '2026-11-16' }, ['VEHICLE_OWNED@1#R1']],
    ['disposed of a year before T', { disposedOn: '2025-11-15' }, []],
    ['disposed of a day less than a year before', { disposedOn: '2025-11-16' }, ['VEHICLE_RECENT_DISPOSAL@1#R1']],
    [
      'disposed of before it was registered',
      { registeredOn: '2027-01-01', disposedOn: '2026-11-01' },
      ['VEHICLE_RECENT_DISPOSAL@1#R1'],
    ],
    ['gone, and disposed of', { status: 'E', disposedOn: '2026-11-12' }, ['VEHICLE_RECENT_DISPOSAL@1#R1']],
    ['of status GE', { status: 'GE' }, []],
    ['of status GQ', { status: 'GQ' }, ['VEHICLE_OWNED@1#R1']],
    ['of status AKM', { status: 'AKM' }, []],
    ['of a small letter', { status: 'e' }, ['VEHICLE_OWNED@1#R1']],
    ['taxi', { useNature: 'D' }, ['VEHICLE_OWNED@1#R1', 'VEHICLE_COMMERCIAL@1#R1']],
    ['of unknown use', { useNature: null }, ['VEHICLE_OWNED@1#R1']],
    ['commercial but gone', { useNature: 'D', status: 'C' }, []],
    ['exempt', { plateType: '07', useNature: 'D' }, ['VEHICLE_EXEMPT@1#R1']],
    ['exempt and gone', { plateType: '07', status: 'E' }, []],
    ['exempt and disposed of', { plateType: '07', disposedOn: '2026-11-01' }, []],
  ])('%s', (_what, change, expected) => {
    expect(found(household({ records: [a('registration', change)] }))).toEqual(expected);
  });

  it.each([
    [1, 0],
    [2, 2],
  ])('of %i counted vehicles in a household that may have one, %i are told', (count, told) => {
    const persons = [someone('applicant'), someone('spouse')];
    const cars = Array.from(
      { length: count },
      (_, i): PlainRecord => a('registration', { row: i + 1, recordId: `V${i}` }),
    );
    const records = [...cars, a('registration', { recordId: 'X', plateType: '11' })];
    const codes = found(household({ programme: 'dibao_margin', persons, records }));
    expect(codes.filter((c) => c.startsWith('VEHICLE_OWNED'))).toHaveLength(told);
    expect(codes).toContain('VEHICLE_EXEMPT@1#X');
  });

  it('are told with their evidence', () => {
    const records = [a('registration', { disposedOn: '2027-01-01' })];
    expect(outcome(household({ records })).findings).toEqual([
      {
        code: 'VEHICLE_OWNED',
        effect: 'fails',
        member: 1,
        source: 'vehicle',
        recordId: 'R1',
        detail: {
          plateType: '02',
          status: 'A',
          registeredOn: '2020-01-01',
          disposedOn: '2027-01-01',
          counted: 1,
          allowed: 0,
        },
      },
    ]);
  });
});

describe('business roles (README §8.5)', () => {
  it.each([
    ['since T', { since: '2026-11-15' }, true],
    ['since a day after T', { since: '2026-11-16' }, false],
    ['until T', { until: '2026-11-15' }, false],
    ['until a day after T', { until: '2026-11-16' }, true],
    ['since and until blank', {}, true],
  ])('%s: in force %s', (_what, change, inForce) => {
    const codes = found(household({ records: [a('role', { role: 'executive', ...change })] }));
    expect(codes).toEqual(inForce ? ['COMPANY_LEGAL_REP@1#R1'] : []);
  });

  const company = { entityType: 'company', entityStatus: 'active' };
  it.each([
    [{ ...company, role: 'legal_representative' }, ['COMPANY_LEGAL_REP@1#R1']],
    [{ ...company, role: 'executive' }, ['COMPANY_LEGAL_REP@1#R1']],
    [{ ...company, role: 'operator' }, []],
    [{ ...company, role: 'investor', capital: 0n }, []],
    [{ ...company, role: 'investor', capital: null }, []],
    [{ ...company, role: 'investor', capital: 1n }, ['COMPANY_INVESTOR@1#R1']],
    [{ entityType: 'sole_proprietorship', role: 'legal_representative' }, ['COMPANY_LEGAL_REP@1#R1']],
    [{ entityType: 'partnership', role: 'investor', capital: 1n }, ['COMPANY_INVESTOR@1#R1']],
    [{ entityType: 'individual_business', role: 'operator' }, ['SELF_EMPLOYED@1#R1']],
    [{ entityType: 'individual_business', role: 'investor', capital: 999n }, ['SELF_EMPLOYED@1#R1']],
    [{ entityType: 'farmers_cooperative', role: 'legal_representative' }, ['COOP_MEMBER@1#R1']],
    [
      { entityType: 'farmers_cooperative', role: 'investor', capital: 999n, entityStatus: 'revoked' },
      ['COMPANY_DORMANT@1#R1'],
    ],
    [{ role: 'legal_representative', entityStatus: 'dormant' }, ['COMPANY_DORMANT@1#R1']],
    [{ role: 'legal_representative', entityStatus: 'cancelled' }, []],
    [{ role: 'legal_representative', entityStatus: 'moved_out' }, []],
  ])('%j', (change, expected) => {
    expect(found(household({ records: [a('role', change)] }))).toEqual(expected);
  });

  it.each([
    ['dibao_margin', '30000.00', false],
    ['dibao_margin', '30000.01', true],
    ['public_housing', '100000.00', false],
    ['public_housing', '100000.01', true],
  ])('investorCapital of %s with %s: %s', (programme, capital, over) => {
    const records = [a('role', { role: 'investor', capital: fen(capital) })];
    expect(raised(found(household({ programme, records })), 'COMPANY_INVESTOR')).toBe(over);
  });
});
