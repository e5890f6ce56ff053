import { formatYuan } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { a, found, household, outcome, samplePolicy, someone } from './given.js';
import { fen, hundredths } from './plain/arithmetic.js';
import type { PlainRecord, World } from './plain/world.js';

const applicant = someone('applicant');
const with1 = (
  supporter: ReturnType<typeof someone>,
  records: PlainRecord[] = [],
  change: Partial<World> = {},
): World => household({ persons: [applicant, supporter], records: records.map((r) => ({ ...r, row: 2 })), ...change });
const support = (world: World): string => {
  const [given] = outcome(world).support;
  return given === undefined ? 'none' : `${formatYuan(given.amount)} ${given.basis}`;
};

describe('supporters (README §6)', () => {
  // The line of a household of one: 12 × 735.00 × 1.5 = 13230.00; half of what is above it.
  it.each([
    ['13229.99', 1, 1, '0.00 formula'],
    ['13230.00', 1, 1, '0.00 formula'],
    ['13230.01', 1, 1, '0.00 formula'],
    ['13230.02', 1, 1, '0.01 formula'],
    ['13232.00', 1, 1, '1.00 formula'],
    ['13232.00', 1, 3, '0.33 formula'],
    ['26460.00', 2, 1, '0.00 formula'],
    ['26462.00', 2, 1, '1.00 formula'],
  ])('earning %s, %i in the own household, %i supported: %s', (other, size, supported, expected) => {
    const world = with1(someone('supporter', { other, size, supported }));
    expect(support(world)).toBe(expected);
    expect(found(world).includes('SUPPORTER_CAPABLE@2')).toBe(!expected.startsWith('0.00'));
  });

  it('floors once, at the end', () => {
    const policy = samplePolicy();
    policy.supporter = { standardMultiple: 0, ratePercent: 33.33 };
    // 0.05 × 33.33 % ÷ 1 = 0.016665; ⌊⌋ to a fen only at the end
    expect(support(with1(someone('supporter', { other: '0.05' }), [], { policy }))).toBe('0.01 formula');
    expect(support(with1(someone('supporter', { other: '100', supported: 7 }), [], { policy }))).toBe('4.76 formula');
  });

  it('is exact where the product is larger than a double holds', () => {
    const policy = samplePolicy();
    const other = '99999999999.99';
    const A = fen(other) * 5n;
    const above = A * 100n - 12n * 3n * fen('735.00') * hundredths(policy.supporter.standardMultiple);
    const expected = (above * 5000n) / (100n * 10_000n * 7n);
    const persons = { wage: other, operating: other, property: other, transfer: other, other, size: 3, supported: 7 };
    expect(outcome(with1(someone('supporter', persons))).support[0]?.amount).toBe(Number(expected));
  });

  it('takes the assessed income of every category, without a deduction', () => {
    const records = [
      a('income', { gross: fen('10000') }),
      a('income', { recordId: 'R2', gross: fen('3232'), item: 'property_lease' }),
      a('account', { openedOn: '2026-10-01', paidThrough: '2026-10', wageBase: fen('9999') }),
    ];
    expect(support(with1(someone('supporter'), records))).toBe('1.00 formula');
    expect(support(with1(someone('supporter', { wage: '10001' }), records))).toBe('1.50 formula');
  });

  const active = a('assistance', { programme: 'tekun' });
  it.each([
    ['agreed, poor', someone('supporter', { agreed: '12.00' }), [], '12.00 agreed'],
    ['agreed to nothing, rich', someone('supporter', { agreed: '0', other: '99999' }), [], '0.00 agreed'],
    ['agreed, and a recipient', someone('supporter', { agreed: '12.00' }), [active], '12.00 agreed'],
    ['a recipient, rich', someone('supporter', { other: '99999' }), [active], '0.00 recipient'],
    [
      'a recipient until the day before T',
      someone('supporter', { other: '13232' }),
      [a('assistance', { to: '2026-11-14' })],
      '1.00 formula',
    ],
    [
      'a recipient from the day after T',
      someone('supporter', { other: '13232' }),
      [a('assistance', { from: '2026-11-16' })],
      '1.00 formula',
    ],
    [
      'a recipient of another programme',
      someone('supporter', { other: '13232' }),
      [a('assistance', { programme: 'medical' })],
      '1.00 formula',
    ],
    [
      'a recipient under another name',
      someone('supporter', { other: '13232' }),
      [a('assistance', { sameName: false })],
      '1.00 formula',
    ],
    [
      'dead, agreed',
      someone('supporter', { agreed: '12.00' }),
      [a('death', { deathDate: '2026-11-15' })],
      '0.00 recipient',
    ],
    [
      'dead a day after T',
      someone('supporter', { agreed: '12.00' }),
      [a('death', { deathDate: '2026-11-16' })],
      '12.00 agreed',
    ],
  ])('gives, when %s', (_what, supporter, records, expected) => {
    expect(support(with1(supporter, records))).toBe(expected);
  });

  it('has no property tests, no marriage findings, no INCOME_UNDERDECLARED, and no benefit findings', () => {
    const records = [
      a('income', { gross: fen('5000') }),
      a('registration', { useNature: 'D' }),
      a('account', { balance: fen('9999999'), status: '01', paidThrough: '2026-11', loan: fen('9999') }),
      a('role', { role: 'investor', capital: fen('9999999') }),
      a('marriage', { state: 'divorced', eventDate: '2026-11-01' }),
      a('assistance'),
    ];
    const persons = [applicant, someone('supporter', { maritalStatus: 'married' })];
    expect(found(household({ persons, records: records.map((r) => ({ ...r, row: 2 })) }))).toEqual([]);
  });

  it('is told MEMBER_DECEASED alone when dead', () => {
    const records = [a('death'), a('assistance'), a('income', { sameName: false })];
    expect(found(with1(someone('supporter', { agreed: '12' }), records))).toEqual(['MEMBER_DECEASED@2']);
  });

  it('is not counted and brings no spending', () => {
    const result = outcome(with1(someone('supporter', { rigid: '500' })));
    expect([result.countedMembers, result.income.length]).toEqual([1, 1]);
  });
});
