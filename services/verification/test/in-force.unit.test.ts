import { AUTHORISATION_KINDS, type Day, PURPOSES, parseDay, SOURCES } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { endsFor, type Look, type PaperTerms, paperFault, stateOn } from '../src/authorisations/in-force.js';
import { packPersons, printOf, shortPrints } from '../src/authorisations/person-prints.js';

const on = (text: string): Day => parseDay(text) ?? fail();
const paper: PaperTerms = {
  kind: 'signed',
  purposes: ['assistance'],
  sources: null,
  signedOn: on('2026-11-01'),
  until: on('2026-11-30'),
  dueOn: null,
  signatureOn: null,
};
const look: Look = { on: on('2026-11-15'), purpose: 'assistance', sources: SOURCES };

describe('a registered paper', () => {
  it('is in force from its first to its last day, for its purposes and its sources', () => {
    expect(paperFault(paper, look)).toBeNull();
    expect(paperFault(paper, { ...look, on: on('2026-11-01') })).toBeNull();
    expect(paperFault(paper, { ...look, on: on('2026-11-30') })).toBeNull();
    expect(paperFault(paper, { ...look, on: on('2026-10-31') })).toBe('AUTHORISATION_MISSING');
    expect(paperFault(paper, { ...look, on: on('2026-12-01') })).toBe('AUTHORISATION_EXPIRED');
    expect(paperFault(paper, { ...look, purpose: 'housing' })).toBe('AUTHORISATION_MISSING');
    expect(paperFault({ ...paper, sources: ['tax'] }, look)).toBe('AUTHORISATION_MISSING');
    expect(paperFault({ ...paper, sources: ['tax'] }, { ...look, sources: ['tax'] })).toBeNull();
  });

  it('of a green channel holds until the signature was due, and on when it came', () => {
    const green: PaperTerms = { ...paper, kind: 'green_channel', until: null, dueOn: on('2026-11-11') };
    expect(paperFault(green, { ...look, on: on('2026-11-11') })).toBeNull();
    expect(paperFault(green, look)).toBe('AUTHORISATION_EXPIRED');
    expect(paperFault({ ...green, signatureOn: on('2026-11-10') }, look)).toBeNull();
    expect(stateOn(green, [], on('2026-11-11'))).toBe('provisional');
    expect(stateOn(green, [], on('2026-11-12'))).toBe('expired');
    expect(stateOn({ ...green, signatureOn: on('2026-11-10') }, [], on('2026-12-24'))).toBe('in_force');
  });

  it('has ended when an ending for every programme stands', () => {
    expect(stateOn(paper, [{ reason: 'not_eligible', programme: 'tekun' }], look.on)).toBe('in_force');
    expect(stateOn(paper, [{ reason: 'withdrawn', programme: '' }], look.on)).toBe('ended');
    expect(endsFor({ programme: 'tekun' }, 'urban_dibao')).toBe(false);
    expect(endsFor({ programme: 'tekun' }, 'tekun')).toBe(true);
    expect(endsFor({ programme: '' }, 'urban_dibao')).toBe(true);
  });

  const day = fc.integer({ min: 20_000, max: 20_100 }).map((n) => n as Day);
  const terms: fc.Arbitrary<PaperTerms> = fc.record({
    kind: fc.constantFrom(...AUTHORISATION_KINDS),
    purposes: fc.subarray([...PURPOSES]),
    sources: fc.option(fc.subarray<string>([...SOURCES])),
    signedOn: day,
    until: fc.option(day),
    dueOn: fc.option(day),
    signatureOn: fc.option(day),
  });
  const looks: fc.Arbitrary<Look> = fc.record({
    on: day,
    purpose: fc.constantFrom(...PURPOSES),
    sources: fc.subarray<string>([...SOURCES]),
  });

  it('never allows a day, a purpose or a source that it does not name, and allows less when it names less', () => {
    fc.assert(
      fc.property(terms, looks, (given, asked) => {
        const allowed = paperFault(given, asked) === null;
        if (allowed) {
          expect(asked.on).toBeGreaterThanOrEqual(given.signedOn);
          expect(given.until ?? asked.on).toBeGreaterThanOrEqual(asked.on);
          expect(given.purposes).toContain(asked.purpose);
          for (const source of asked.sources) expect(given.sources ?? SOURCES).toContain(source);
        }
        // A narrower look is allowed where a wider one is.
        if (allowed) expect(paperFault(given, { ...asked, sources: asked.sources.slice(1) })).toBeNull();
        // A narrower paper allows nothing that the wider one refuses.
        const narrower = { ...given, purposes: given.purposes.slice(1), until: given.until ?? given.signedOn };
        if (!allowed) expect(paperFault(narrower, asked)).not.toBeNull();
        expect(stateOn(given, [{ reason: 'unsigned', programme: '' }], asked.on)).toBe('ended');
      }),
    );
  });
});

describe('the prints of a chunk', () => {
  const key = fc.stringMatching(/^[0-9a-f]{32}$/).map((text) => text as Parameters<typeof printOf>[0]);

  it('hold each of its persons', () => {
    fc.assert(
      fc.property(fc.array(fc.array(key, { minLength: 1, maxLength: 4 }), { minLength: 1 }), (households) => {
        const packed = packPersons(households.map((keys) => ({ persons: keys.map((person) => ({ person })) })));
        const short = new Set(shortPrints(packed));
        for (const person of households.flat()) {
          expect(packed.includes(printOf(person))).toBe(true);
          expect(short.has(Number.parseInt(person.slice(0, 12), 16))).toBe(true);
        }
      }),
    );
  });
});

function fail(): never {
  throw new Error('not a day');
}
