import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compiled } from './given.js';
import { assessWorld, comparable } from './plain/adapter.js';
import { seeded } from './plain/random.js';
import { randomSetting, randomWorld } from './plain/random-world.js';
import type { World } from './plain/world.js';

const world = fc.integer({ min: 1, max: 1_000_000 }).map((seed) => randomWorld(randomSetting(seeded(seed))));
const run = (w: World) => assessWorld(compiled(w.policy), w);
const result = (w: World): unknown => comparable(run(w));
const shuffled = <T>(items: readonly T[], keys: readonly number[]): T[] =>
  items
    .map((item, i) => ({ item, key: keys[i % keys.length] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
const keys = fc.array(fc.nat(), { minLength: 24, maxLength: 24 });
const RUNS = { numRuns: 150 };

describe('properties of an assessment', () => {
  it('the order of records changes nothing', () => {
    fc.assert(
      fc.property(world, keys, (w, order) => {
        expect(run({ ...w, records: shuffled(w.records, order) })).toEqual(run(w));
      }),
      RUNS,
    );
  });

  it('the order of members changes their numbers and nothing else', () => {
    fc.assert(
      fc.property(world, (w) => {
        const last = w.persons.length;
        const mirrored = (row: number): number => last + 1 - row;
        const turned: World = {
          ...w,
          persons: [...w.persons].reverse(),
          records: w.records.map((r) => ({ ...r, row: mirrored(r.row) })),
        };
        const [a, b] = [run(w), run(turned)];
        for (const finding of b.findings) if (finding.member !== null) finding.member = mirrored(finding.member);
        for (const income of b.income) income.member = mirrored(income.member);
        for (const support of b.support) support.supporter = mirrored(support.supporter);
        b.income.reverse();
        b.support.reverse();
        expect(comparable(b)).toEqual(comparable(a));
      }),
      RUNS,
    );
  });

  it('splitting a payment in two changes nothing', () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 0, max: 100 }), (w, percent) => {
        const records = w.records.flatMap((r): World['records'] => {
          if (r.type !== 'income') return [r];
          const part = (r.gross * BigInt(percent)) / 100n;
          return [
            { ...r, gross: part },
            { ...r, recordId: `${r.recordId}-2`, gross: r.gross - part },
          ];
        });
        expect(result({ ...w, records })).toEqual(result(w));
      }),
      RUNS,
    );
  });

  it('a record that no rule reads changes nothing', () => {
    fc.assert(
      fc.property(world, (w) => {
        const base = { row: 1, recordId: 'extra', sameName: true } as const;
        const records: World['records'] = [
          ...w.records,
          { ...base, type: 'income', period: '1999-01', item: 'wages', gross: 999_999_999n },
          {
            ...base,
            type: 'registration',
            plateType: '02',
            useNature: 'D',
            status: 'A',
            registeredOn: '2040-01-01',
            disposedOn: null,
          },
          {
            ...base,
            type: 'account',
            openedOn: '2001-01-01',
            paidThrough: null,
            wageBase: 9n,
            balance: 9_999_999n,
            status: '05',
            loan: null,
          },
          {
            ...base,
            type: 'role',
            entityType: 'company',
            role: 'investor',
            capital: 9_999_999_999n,
            entityStatus: 'cancelled',
            since: null,
            until: null,
          },
          { ...base, type: 'marriage', state: 'divorced', eventDate: '2040-01-01', spouse: 'stranger' },
          { ...base, type: 'death', deathDate: '2040-01-01' },
          {
            ...base,
            type: 'assistance',
            programme: 'urban_dibao',
            benefit: 'B9',
            region: '520102',
            from: '2001-01-01',
            to: '2002-01-01',
          },
        ];
        expect(result({ ...w, records })).toEqual(result(w));
      }),
      RUNS,
    );
  });

  it('more recorded income never helps', () => {
    const rank = ['meets', 'needs_review', 'incomplete', 'does_not_meet'];
    fc.assert(
      fc.property(world, fc.nat({ max: 5_000_000 }), fc.nat({ max: 3 }), (w, gross, row) => {
        const extra = {
          type: 'income',
          recordId: 'more',
          sameName: true,
          period: `${Number(w.asOf.slice(0, 4)) - 1}-12`,
        } as const;
        const records = [
          ...w.records,
          { ...extra, row: (row % w.persons.length) + 1, item: 'operating', gross: BigInt(gross) },
        ];
        const [before, after] = [run(w), run({ ...w, records })];
        expect(after.annualIncome).toBeGreaterThanOrEqual(before.annualIncome);
        expect(rank.indexOf(after.conclusion)).toBeGreaterThanOrEqual(rank.indexOf(before.conclusion));
        const tiers = [...w.policy.tiers.map((t) => t.code), 'none'];
        if (before.tier !== null && after.tier !== null)
          expect(tiers.indexOf(after.tier)).toBeGreaterThanOrEqual(tiers.indexOf(before.tier));
      }),
      RUNS,
    );
  });

  it('a silent required source never yields meets, nor a tier', () => {
    fc.assert(
      fc.property(world, fc.nat(), (w, which) => {
        const requires = w.policy.programmes[w.programme]?.requires ?? [];
        const silent = requires[which % Math.max(requires.length, 1)];
        fc.pre(silent !== undefined);
        const after = run({ ...w, loads: w.loads.filter((l) => l.source !== silent) });
        expect(['does_not_meet', 'incomplete']).toContain(after.conclusion);
        expect(after.tier).toBeNull();
      }),
      RUNS,
    );
  });
});
