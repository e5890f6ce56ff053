import type { LoadId, LoadMode } from '@hedui/contracts';
import { afterEach, describe, expect, it } from '@jest/globals';
import { receive, recognised, settled, whileNothingApplies } from './support/blocks.js';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { applyToModel, type ModelLoad, type ModelRecord, type ModelRow, numbers } from './support/model.js';
import { person } from './support/people.js';
import { pseudonyms, type SourceUnderTest, startSource } from './support/source.js';

const IDS = 240;
const PEOPLE = 12;
const SCOPES = ['520100', '520100', '520100', '520102', '520000'];
const keyOf = (n: number) => pseudonyms.person({ type: 'resident_id', number: person(n).id });

const fileOf = (rows: readonly ModelRow[]) =>
  csv(PENSION, ...rows.map((r) => pension(r.id, person(r.person), r.faulty ? 'x' : `${r.amount}.00`)));
const rowOf = (next: (n: number) => number, n = next(IDS)): ModelRow => ({
  id: `R${String(n).padStart(3, '0')}`,
  person: n % PEOPLE,
  amount: 7,
  faulty: false,
});

/** The department's file, with a few rows that changed, went, came, moved, came twice, or are wrong. */
function nextFile(next: (n: number) => number, before: readonly ModelRow[]): ModelRow[] {
  const rows = [...before];
  for (let edits = next(5); edits > 0; edits--) {
    const at = next(rows.length + 1);
    const row = rows[at] ?? rowOf(next);
    const kind = next(7);
    if (kind === 0) rows.splice(at, 1);
    else if (kind === 1) rows.splice(at, 0, rowOf(next));
    else if (kind === 2) rows.splice(at, 1, { ...row, amount: next(3) });
    else if (kind === 3) rows.splice(at, 1, { ...row, faulty: !row.faulty });
    else if (kind === 4) rows.splice(next(rows.length + 1), 0, ...rows.splice(at, 1 + next(60)));
    else if (kind === 5) rows.splice(next(rows.length + 1), 0, ...rows.slice(at, at + next(80)));
    else rows.splice(at, 1, { ...row, person: next(PEOPLE) });
  }
  // Kept from growing for ever.
  return rows.slice(0, 2 * IDS);
}

describe('full loads that resemble one another, deltas and other scopes between them', () => {
  let source: SourceUnderTest | null = null;
  afterEach(async () => {
    await source?.close();
    source = null;
  });

  for (const seed of [3, 20261123, 4711]) {
    it(`end in the state of a simple model, however many arrive before the first takes effect (seed ${seed})`, async () => {
      source = await startSource(socialInsurance, { guard: { percent: 100, records: 1_000_000 } });
      const here = source;
      const next = numbers(seed);
      const model = new Map<string, ModelRecord>();
      let file = Array.from({ length: IDS }, (_, n) => rowOf(next, n));
      let known = 0;
      for (let round = 0; round < 10; round++) {
        const posted: { id: LoadId; counts: ReturnType<typeof applyToModel> }[] = [];
        await whileNothingApplies(here, async () => {
          for (let together = 1 + next(3); together > 0; together--) {
            const mode: LoadMode = next(4) === 0 ? 'delta' : 'full';
            const scope = SCOPES[next(SCOPES.length)] ?? '520100';
            if (mode === 'full') file = nextFile(next, file);
            const few = Array.from({ length: next(6) }, () => ({ ...rowOf(next), amount: next(3) }));
            const load: ModelLoad = { scope, mode, rows: mode === 'full' ? file : few };
            const id = await receive(here, fileOf(load.rows), { scope, mode });
            posted.push({ id, counts: applyToModel(model, load) });
          }
        });
        for (const { id, counts } of posted) {
          expect((await settled(here, id)).counts).toEqual(counts);
          known += await recognised(here, id);
        }
        const { rows } = await here.pool.query<{ line: string }>(
          "SELECT record_id || ' ' || encode(person_key, 'hex') || ' ' || scope_prefix AS line FROM record ORDER BY record_id",
        );
        const expected = [...model].map(([id, r]) => `${id} ${keyOf(r.person)} ${r.scopePrefix}`).sort();
        expect(rows.map((r) => r.line)).toEqual(expected);
      }
      expect(known).toBeGreaterThan(0);
      await here.allSent();
      const newest = new Map(
        here.log
          .slices('hedui.source.social_insurance.pension')
          .map(({ person, slice }) => [person, slice.records.map((r) => [r[1], r[3]])]),
      );
      for (let n = 0; n < PEOPLE; n++) {
        const mine = [...model].filter(([, r]) => r.person === n).map(([id, r]) => [id, r.amount * 100]);
        expect(newest.get(keyOf(n)) ?? []).toEqual(mine.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
      }
      expect((await here.status()).recordTypes[0]?.records).toBe(model.size);
    }, 90_000);
  }
});
