import type { Day, Finding, MarriageFact, PersonKey } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keyDates } from '../src/dates.js';
import { addFinding, newFindingList, orderedFindings } from '../src/finding-list.js';
import { latestEvent } from '../src/marriage.js';
import { compareCodePoints } from '../src/order.js';
import { compiled, samplePolicy } from './given.js';

const policy = compiled(samplePolicy());
const programme = policy.programmes.get('urban_dibao');
if (!programme) throw new Error('the sample policy has the programme');

/** Sealed in an order that has nothing to do with that of the texts. */
const seal = (text: string): string => `~1.1.${[...text].reverse().join('')}`;
const mixed = fc.uniqueArray(
  fc.record({
    id: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }).filter((id) => !id.startsWith('~')),
    sealed: fc.boolean(),
  }),
  { selector: ({ id }) => id, maxLength: 8 },
);
const inOrder = (ids: readonly { id: string; sealed: boolean }[]) =>
  ids.toSorted((a, b) => compareCodePoints(a.id, b.id));

describe('where an id is sealed', () => {
  it('the latest event is the one that the ids in clear give', () => {
    fc.assert(
      fc.property(mixed, (ids) => {
        const events = (form: (one: { id: string; sealed: boolean }) => string) =>
          inOrder(ids).map((one): MarriageFact => {
            return {
              recordId: form(one),
              state: 'married',
              eventDate: 20_000 as Day,
              spouse: '0'.repeat(32) as PersonKey,
            };
          });
        const dates = keyDates(policy, 20_500 as Day);
        const clear = latestEvent(
          events(({ id }) => id),
          dates,
        )?.recordId;
        const sealed = latestEvent(
          events(({ id, sealed: s }) => (s ? seal(id) : id)),
          dates,
        )?.recordId;
        const known = new Map(ids.map(({ id }) => [seal(id), id]));
        expect(known.get(sealed ?? '') ?? sealed).toBe(clear);
      }),
    );
  });

  it('findings stand in the order of the ids in clear', () => {
    fc.assert(
      fc.property(mixed, mixed, (first, second) => {
        const findings = (form: (one: { id: string; sealed: boolean }) => string): readonly Finding[] => {
          const list = newFindingList(programme);
          for (const [member, ids] of [
            [2, second],
            [1, first],
          ] as const) {
            for (const one of inOrder(ids)) {
              addFinding(list, 'VEHICLE_OWNED', member, 'vehicle', form(one), {});
              addFinding(list, 'COMPANY_LEGAL_REP', member, 'business_registry', one.id, {});
            }
          }
          return orderedFindings(list);
        };
        const known = new Map([...first, ...second].map(({ id }) => [seal(id), id]));
        const opened = findings(({ id, sealed }) => (sealed ? seal(id) : id)).map((finding) => {
          return { ...finding, recordId: known.get(finding.recordId ?? '') ?? finding.recordId };
        });
        expect(opened).toEqual(findings(({ id }) => id));
      }),
    );
  });
});
