import { isSealedText } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createGrants, createPseudonyms, type KeyFile, mayNameSomebody, namesPerson, SealError } from '../src/index.js';

const file = (current: string, ...versions: string[]): KeyFile => ({
  current,
  keys: new Map(versions.map((version) => [version, Buffer.alloc(32, version.charCodeAt(0))])),
});

describe('a text that would name somebody', () => {
  it.each([
    '520000196203180013',
    'V-520000196203180013-1',
    '52000019620318001X',
    'x52000019620318001x',
    '520000-1962-0318-0013',
    '520000 19620318 0013',
    '520000620318001',
    'A/520000620318001',
    '520000196203180014',
    '810000199001011234',
    '930000199001011234',
    'CHN110890010112',
    '5.20001E+17-T17',
    '520000********0013-T17',
    'T/5.2000119620318e17',
    'CHN110890010112/2',
    '张三-17',
    'Anna Maria.Li17',
    'AnnaLi17',
    'é',
    '~1.1.AAAA',
  ])('%s is taken for one', (text) => expect(mayNameSomebody(text)).toBe(true));

  it.each([
    'V-17',
    'T-1.5E+03',
    'REV2.1E-14',
    'I00000012',
    'M00000012',
    'TAX-520102-202601-0001',
    '2026-11-10T08:00:00Z-00000001',
    'WAGE202600000001',
    '3f0c9a52-6f6a-4d0e-9a55-0a1b2c3d4e5f',
    '',
  ])('%s is none', (text) => expect(mayNameSomebody(text)).toBe(false));

  it('holds the number or the name of a person beside whom it stands, however they are spelt', () => {
    const ann = { number: 'E12345678', name: 'Ann Smith' };
    expect(namesPerson('reg-e1234-5678', ann)).toBe(true);
    expect(namesPerson('ANNSMITH/1', ann)).toBe(true);
    expect(namesPerson('ann smith 2', ann)).toBe(true);
    expect(namesPerson('E12345679', ann)).toBe(false);
    // One character is no name that could be told from any other letter.
    expect(namesPerson('A-1', { number: 'E12345678', name: 'A' })).toBe(false);
  });
});

describe('sealed texts', () => {
  const pseudonyms = createPseudonyms(file('1', '1'));

  it('open as they were, equal ones being equal, and show nothing of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const sealed = pseudonyms.sealText(text);
        expect(isSealedText(sealed)).toBe(true);
        expect(sealed).toBe(pseudonyms.sealText(text));
        expect(pseudonyms.openText(sealed)).toBe(Buffer.from(text).toString());
      }),
    );
  });

  it('find every altered byte, and a missing key', () => {
    const sealed = pseudonyms.sealText('520000196203180013');
    for (let at = 5; at < sealed.length; at++) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      const altered = sealed.slice(0, at) + other + sealed.slice(at + 1);
      if (Buffer.from(altered.slice(5), 'base64url').equals(Buffer.from(sealed.slice(5), 'base64url'))) continue;
      expect(() => pseudonyms.openText(altered)).toThrow(SealError);
    }
    expect(() => pseudonyms.openText('~1.1.AAAA')).toThrow(SealError);
    expect(() => createPseudonyms(file('2', '2')).openText(sealed)).toThrow('the key of this text is gone');
    expect(createPseudonyms(file('2', '1', '2')).openText(sealed)).toBe('520000196203180013');
    expect(createPseudonyms(file('2', '1', '2')).sealText('x')).not.toBe(pseudonyms.sealText('x'));
  });
});

describe('grants', () => {
  const grants = createGrants(file('1', '1'), 'evidence');

  it('hold for their time, for their purpose, unaltered', () => {
    const grant = grants.issue({ recordId: 'V-17' }, 60, 1000);
    expect(grants.read(grant, 61_000)).toMatchObject({ recordId: 'V-17' });
    expect(grants.read(grant, 61_001)).toBeNull();
    expect(createGrants(file('1', '1'), 'other').read(grant, 1000)).toBeNull();
    expect(createGrants(file('2', '2'), 'evidence').read(grant, 1000)).toBeNull();
    expect(createGrants(file('2', '1', '2'), 'evidence').read(grant, 1000)).not.toBeNull();
    const [version, , signature] = grant.split('.');
    const forged = Buffer.from(JSON.stringify({ recordId: 'V-18', until: 1e15 })).toString('base64url');
    for (const wrong of ['', 'a', 'a.b', 'a.b.c', `${version}.${forged}.${signature}`, `${grant}.x`]) {
      expect(grants.read(wrong, 1000)).toBeNull();
    }
  });
});
