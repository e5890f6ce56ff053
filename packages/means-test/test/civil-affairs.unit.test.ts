import { describe, expect, it } from '@jest/globals';
import { a, found, household, samplePolicy, someone } from './given.js';
import type { PlainRecord, World } from './plain/world.js';

const couple = [someone('applicant'), someone('spouse')];
const married = (change: Partial<Extract<PlainRecord, { type: 'marriage' }>>): PlainRecord => a('marriage', change);
const codesOf = (records: PlainRecord[], change: Partial<World> = {}): string[] =>
  found(household({ persons: couple, records, ...change }));

describe('marriage (README §8.6)', () => {
  it.each([
    ['a member', 'P2', []],
    ['nobody here', 'P9', ['SPOUSE_UNDECLARED@1#R1']],
  ])('the spouse is %s', (_what, spouse, expected) => {
    expect(codesOf([married({ spouse })])).toEqual(expected);
  });

  it('a supporter is no member; a dead member is one', () => {
    const persons = [someone('applicant'), someone('supporter')];
    expect(codesOf([married({})], { persons })).toEqual(['SPOUSE_UNDECLARED@1#R1']);
    expect(codesOf([married({}), a('death', { row: 2 })])).toEqual(['MEMBER_DECEASED@2']);
  });

  it('finds the spouse by document alone: the event may know the spouse under another name', () => {
    expect(codesOf([married({}), married({ row: 2, spouse: 'P1', sameName: false })])).toEqual(['ID_NAME_MISMATCH@2']);
  });

  it.each([
    ['married', 'married', false],
    ['unmarried', 'married', true],
    ['divorced', 'married', true],
    [null, 'married', false],
    ['widowed', 'widowed', false],
    ['unmarried', 'widowed', true],
  ])('declared %s, event %s: MARITAL_CONFLICT %s', (maritalStatus, state, raised) => {
    const persons = [someone('applicant', { maritalStatus }), someone('spouse')];
    const codes = codesOf([married({ state })], { persons });
    expect(codes).toEqual(raised ? ['MARITAL_CONFLICT@1#R1'] : []);
  });

  it('says nothing of a person without an event, whatever was declared', () => {
    expect(codesOf([], { persons: [someone('applicant', { maritalStatus: 'married' })] })).toEqual([]);
  });

  it.each([
    ['2025-11-15', false],
    ['2025-11-16', true],
    ['2026-11-15', true],
    ['2026-11-16', false],
  ])('divorced on %s: RECENT_DIVORCE %s', (eventDate, recent) => {
    expect(codesOf([married({ state: 'divorced', eventDate })])).toEqual(recent ? ['RECENT_DIVORCE@1#R1'] : []);
  });

  it('clamps a year back to the length of the month', () => {
    const divorced = (eventDate: string): string[] =>
      codesOf([married({ state: 'divorced', eventDate })], { asOf: '2028-02-29', loads: [] }).filter((c) =>
        c.includes('@'),
      );
    expect(divorced('2027-02-28')).toEqual([]);
    expect(divorced('2027-03-01')).toEqual(['RECENT_DIVORCE@1#R1']);
  });

  it('looks at the latest event alone', () => {
    const older = married({ recordId: 'Z', eventDate: '2026-10-01', state: 'divorced' });
    const newer = married({ recordId: 'A', eventDate: '2026-10-02', spouse: 'P9' });
    const future = married({ recordId: 'B', eventDate: '2026-11-16', state: 'divorced' });
    expect(codesOf([future, newer, older])).toEqual(['SPOUSE_UNDECLARED@1#A']);
  });

  it.each([
    ['9', '10'],
    ['a', 'B'],
    ['\u{1F600}', '\uFFFD'],
    ['号', 'z'],
    ['AB', 'A'],
  ])('on one day takes record %s, not %s: by code point', (later, earlier) => {
    const records = [married({ recordId: later, spouse: 'P9' }), married({ recordId: earlier, state: 'divorced' })];
    expect(codesOf(records)).toEqual([`SPOUSE_UNDECLARED@1#${later}`]);
    expect(codesOf([...records].reverse())).toEqual([`SPOUSE_UNDECLARED@1#${later}`]);
  });
});

describe('assistance (README §8.7)', () => {
  const benefit = (change: Partial<Extract<PlainRecord, { type: 'assistance' }>> = {}): PlainRecord =>
    a('assistance', change);
  const DUPLICATE = ['DUPLICATE_BENEFIT@1#R1'];
  const CROSS = ['CROSS_REGION_BENEFIT@1#R1'];

  it.each([
    ['from T', { from: '2026-11-15' }, DUPLICATE],
    ['from a day after T', { from: '2026-11-16' }, []],
    ['to T', { to: '2026-11-15' }, DUPLICATE],
    ['to a day before T', { to: '2026-11-14' }, []],
    ['in the same county', { region: '520103' }, DUPLICATE],
    ['in a township of the same county', { region: '520103007' }, DUPLICATE],
    ['in another county', { region: '520102' }, CROSS],
    ['in a township of another county', { region: '520102007' }, CROSS],
    ['of no exclusive programme', { programme: 'medical' }, []],
    ['of a programme that the policy does not have, but excludes', { programme: 'tekun' }, DUPLICATE],
  ])('%s', (_what, change, expected) => {
    expect(codesOf([benefit(change)])).toEqual(expected);
  });

  it('compares six digits of the household too', () => {
    expect(codesOf([benefit({ region: '520103' })], { region: '520103005' })).toEqual(DUPLICATE);
  });

  it('is no test for a programme that excludes nothing', () => {
    expect(codesOf([benefit()], { programme: 'public_housing' })).toEqual([]);
  });

  it('is told for every record', () => {
    const records = [benefit({ recordId: 'A2' }), benefit({ recordId: 'A1' }), benefit({ row: 2, region: '520102' })];
    expect(codesOf(records)).toEqual(['DUPLICATE_BENEFIT@1#A1', 'DUPLICATE_BENEFIT@1#A2', 'CROSS_REGION_BENEFIT@2#R1']);
  });

  it.each([
    ['periodic_review', 'B1', []],
    ['periodic_review', 'B2', DUPLICATE],
    ['periodic_review', null, DUPLICATE],
    ['new_application', 'B1', DUPLICATE],
    ['special_inspection', 'B1', DUPLICATE],
  ])('in a %s with the own benefit %s', (verificationType, ownBenefit, expected) => {
    expect(codesOf([benefit()], { verificationType, ownBenefit })).toEqual(expected);
  });

  it('lets the own benefit pass in another county and for any member, but not a second one', () => {
    const review = { verificationType: 'periodic_review', ownBenefit: 'B1' };
    expect(codesOf([benefit({ region: '520102' }), benefit({ row: 2, recordId: 'R2' })], review)).toEqual([]);
    expect(codesOf([benefit(), benefit({ recordId: 'R2', benefit: 'B2' })], review)).toEqual([
      'DUPLICATE_BENEFIT@1#R2',
    ]);
  });

  it('follows the exclusive programmes of the policy', () => {
    const policy = samplePolicy();
    policy.exclusiveProgrammes = ['urban_dibao', 'medical'];
    expect(
      codesOf([benefit({ programme: 'medical' }), benefit({ recordId: 'R2', programme: 'tekun' })], { policy }),
    ).toEqual(DUPLICATE);
  });
});
