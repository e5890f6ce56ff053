import { describe, expect, it } from '@jest/globals';
import {
  AuditEntryRefused,
  actorOf,
  entryText,
  holdsIdentityNumber,
  type NewAuditEntry,
  safeId,
} from '../src/index.js';

// Numbers of nobody: the sequence 000 is never given out.
const NUMBER = '52010119900101000';
const CHECKED = [...'10X98765432'].map((c) => NUMBER + c).find((n) => holdsIdentityNumber(n)) ?? '';
const OLD = '520101900101001';

const entry = (over: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  action: 'report.read',
  actor: { subject: 'reviewer-1', roles: ['reviewer'], department: null },
  object: { kind: 'report', id: 'R01JD7Z' },
  ...over,
});

describe('an entry', () => {
  it('holds what was done, by whom, to what', () => {
    expect(entryText(entry({ region: '520100', details: { pages: 2 } }))).toBe(
      '{"action":"report.read","actor":{"department":null,"roles":["reviewer"],"subject":"reviewer-1"},"correlationId":null,' +
        '"covers":null,"details":{"pages":2},"object":{"id":"R01JD7Z","kind":"report"},"purpose":null,"region":"520100"}',
    );
  });

  it('never holds a number or a name of a person, wherever it is put', () => {
    expect(CHECKED).toHaveLength(18);
    for (const secret of [CHECKED, CHECKED.toLowerCase(), `x-${CHECKED}-y`, OLD, '王秀英', 'a\nb']) {
      const places: Partial<NewAuditEntry>[] = [
        { object: { kind: 'report', id: secret } },
        { object: { kind: secret, id: '1' } },
        { actor: { subject: secret, roles: [], department: null } },
        { actor: { subject: 's', roles: [secret], department: null } },
        { actor: { subject: 's', roles: [], department: secret } },
        { purpose: secret },
        { region: secret },
        { correlationId: secret },
        { details: { value: secret } },
        { details: { [secret]: 1 } },
        { action: secret },
      ];
      for (const place of places) expect(() => entryText(entry(place))).toThrow(AuditEntryRefused);
      expect(safeId(secret)).toBe('(withheld)');
    }
    expect(() => entryText(entry({ details: { id: Number(OLD) } }))).toThrow(AuditEntryRefused);
    expect(actorOf({ subject: CHECKED, roles: ['reviewer'], department: '民政' })).toEqual({
      subject: '(withheld)',
      roles: ['reviewer'],
      department: '(withheld)',
    });
  });

  it('takes what ids of the mesh look like', () => {
    for (const id of [
      'R01JD7Z0000000000000000000000',
      'tax-0b5c5a52-9d0e-4a55-b1a2-8a4a3ad1ab12',
      'low_income@3',
      '520101001',
    ]) {
      expect(safeId(id)).toBe(id);
    }
  });
});
