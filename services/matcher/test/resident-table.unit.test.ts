import { asKey, PARTITIONS, type PersonKey, partitionOfPerson } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { profilesIn } from '../src/profiles/packed.js';
import { createResidentTable } from '../src/profiles/resident-table.js';
import { person } from './builders.js';

const SMALLEST = 4 * 1024 * 1024;
const inState = (state: string): string[] => Array(PARTITIONS).fill(state);

/** As the database puts profiles together. */
function packed(profiles: ReadonlyMap<PersonKey, Buffer>): Buffer {
  return Buffer.concat(
    [...profiles].flatMap(([key, facts]) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(facts.length);
      return [Buffer.from(key, 'hex'), length, facts];
    }),
  );
}

describe('profiles in memory', () => {
  it('are what the database said in the state that it is in, or are asked for: never older ones', () => {
    const someone = fc.nat(40).map(person);
    const act = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant('ask' as const), of: fc.uniqueArray(someone, { minLength: 1 }) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('change' as const),
          who: someone,
          to: fc.option(fc.uint8Array({ minLength: 8, maxLength: 60 })),
        }),
      },
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const table = createResidentTable(SMALLEST);
        const database = new Map<PersonKey, Buffer>();
        const states = inState('at first');
        let changes = 0;
        for (const one of acts) {
          if (one.do === 'change') {
            states[partitionOfPerson(one.who)] = `change ${++changes}`;
            if (one.to === null) database.delete(one.who);
            else database.set(one.who, Buffer.from(one.to));
            continue;
          }
          const asked = new Set(one.of);
          const { packed: kept, missing } = table.take(asked, states);
          const found = profilesIn(kept);
          for (const who of asked) {
            if (missing.has(who)) expect(found.get(who)).toBeUndefined();
            else expect(found.get(who)).toEqual(database.get(who));
          }
          table.keep(missing, packed(new Map([...database].filter(([who]) => missing.has(who)))), [...states]);
          expect(table.take(asked, states).missing.size).toBe(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are found again, who is unknown to all sources too', () => {
    const table = createResidentTable(SMALLEST);
    const known = person(8);
    const unknown = person(16);
    const states = inState('a');
    expect(table.take(new Set([known, unknown]), states).missing.size).toBe(2);
    table.keep(new Set([known, unknown]), packed(new Map([[known, Buffer.from('facts')]])), states);
    const again = table.take(new Set([known, unknown]), states);
    expect(again.missing.size).toBe(0);
    expect(profilesIn(again.packed).get(known)).toEqual(Buffer.from('facts'));
    expect(profilesIn(again.packed).get(unknown)).toBeUndefined();
  });

  it('are forgotten with their partition, and only with theirs', () => {
    const table = createResidentTable(SMALLEST);
    const [here, there] = [person(8), person(9)];
    table.take(new Set(), inState('a'));
    table.keep(new Set([here, there]), Buffer.alloc(0), inState('a'));
    const states = inState('a').with(partitionOfPerson(here), 'b');
    expect([...table.take(new Set([here, there]), states).missing]).toEqual([here]);
  });

  it('are not kept when the database has moved on since it said them', () => {
    const table = createResidentTable(SMALLEST);
    const one = new Set([person(8)]);
    table.take(one, inState('b'));
    table.keep(one, packed(new Map([[person(8), Buffer.from('older')]])), inState('a'));
    expect(table.take(one, inState('b')).missing).toEqual(one);
  });

  it('stay within their bound: the newest are found, the oldest give way, and none is taken for another', () => {
    const table = createResidentTable(SMALLEST);
    const states = inState('a');
    table.take(new Set(), states);
    const key = (n: number) => asKey<PersonKey>(Buffer.from(`${n}`.padStart(8, '0').repeat(2)).toString('hex'));
    const facts = (n: number) => Buffer.alloc(1000, `${n} `);
    const many = 12_000;
    for (let n = 0; n < many; n++) table.keep(new Set([key(n)]), packed(new Map([[key(n), facts(n)]])), states);
    const kept: number[] = [];
    for (let n = 0; n < many; n++) {
      const { packed: found, missing } = table.take(new Set([key(n)]), states);
      if (missing.size > 0) continue;
      expect(profilesIn(found).get(key(n))?.equals(facts(n))).toBe(true);
      kept.push(n);
    }
    expect(kept.at(-1)).toBe(many - 1);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length * 1000).toBeLessThanOrEqual(SMALLEST);
  });

  it('is given as a copy: what is written later changes nothing that somebody reads', () => {
    const table = createResidentTable(SMALLEST);
    const states = inState('a');
    const one = new Set([person(8)]);
    table.take(one, states);
    table.keep(one, packed(new Map([[person(8), Buffer.alloc(64, 1)]])), states);
    const mine = profilesIn(table.take(one, states).packed);
    for (let n = 0; n < 5000; n++) {
      table.keep(new Set([person(n * 8)]), packed(new Map([[person(n * 8), Buffer.alloc(1000, 2)]])), states);
    }
    expect(mine.get(person(8))).toEqual(Buffer.alloc(64, 1));
  });
});
