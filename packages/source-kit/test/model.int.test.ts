import type { Load } from '@hedui/contracts';
import { afterEach, describe, expect, it } from '@jest/globals';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { applyToModel, type ModelLoad, type ModelRecord, numbers } from './support/model.js';
import { person } from './support/people.js';
import { pseudonyms, type SourceUnderTest, startSource } from './support/source.js';

const SCOPES = ['520000', '520100', '520102', '520103', '520102001', '530000'];
const keyOf = (n: number) => pseudonyms.person({ type: 'resident_id', number: person(n).id });
const topic = 'hedui.source.social_insurance.pension';

function randomLoad(next: (n: number) => number): ModelLoad {
  const rows = Array.from({ length: next(9) }, () => ({
    id: `R${next(12)}`,
    person: next(4),
    amount: next(3),
    faulty: next(7) === 0,
  }));
  return { scope: SCOPES[next(SCOPES.length)] ?? '520000', mode: next(3) === 0 ? 'full' : 'delta', rows };
}

const fileOf = ({ rows }: ModelLoad) =>
  csv(PENSION, ...rows.map((r) => pension(r.id, person(r.person), r.faulty ? 'x' : `${r.amount}.00`)));

describe('any sequence of loads', () => {
  let source: SourceUnderTest | null = null;
  afterEach(async () => {
    await source?.close();
    source = null;
  });

  for (const seed of [1, 20261123, 77]) {
    it(`ends in the state of a simple model, in the database and on the log (seed ${seed})`, async () => {
      source = await startSource(socialInsurance);
      const here = source;
      const next = numbers(seed);
      const model = new Map<string, ModelRecord>();
      const posted: { id: string; counts: ReturnType<typeof applyToModel> }[] = [];
      for (let i = 0; i < 60; i++) {
        const load = randomLoad(next);
        const { status, json } = await here.post('pension', fileOf(load), { scope: load.scope, mode: load.mode });
        expect(status).toBe(202);
        posted.push({ id: (json as Load).id, counts: applyToModel(model, load) });
      }
      await here.allSent();
      for (const { id, counts } of posted) expect(await here.getLoad(id)).toMatchObject({ state: 'stored', counts });

      const { rows } = await here.pool.query<{ record_id: string; key: string; scope_prefix: string }>(
        "SELECT record_id, encode(person_key, 'hex') AS key, scope_prefix FROM record",
      );
      const stored = rows.map((r) => `${r.record_id} ${r.key} ${r.scope_prefix}`).sort();
      expect(stored).toEqual([...model].map(([id, r]) => `${id} ${keyOf(r.person)} ${r.scopePrefix}`).sort());
      expect((await here.status()).recordTypes[0]?.records).toBe(model.size);

      const newest = new Map(
        here.log.slices(topic).map(({ person, slice }) => [person, slice.records.map((r) => [r[1], r[3]])]),
      );
      for (const n of [0, 1, 2, 3]) {
        const mine = [...model].filter(([, r]) => r.person === n).map(([id, r]) => [id, r.amount * 100]);
        expect(newest.get(keyOf(n)) ?? []).toEqual(mine.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
      }
      const counters = here.log.slices(topic).reduce<Map<string, number[]>>((all, { person, slice }) => {
        return all.set(person, [...(all.get(person) ?? []), slice.counter]);
      }, new Map());
      for (const list of counters.values()) expect(list).toEqual([...list].sort((a, b) => a - b));
    });
  }
});
