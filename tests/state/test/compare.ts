import { SOURCES } from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { expect } from '@jest/globals';
import { TYPES, type TypeName } from './files.js';
import type { Walk } from './knowledge.js';
import { coverageOf, stateOf, type View, viewsOf } from './truth.js';

export const REGIONS = ['520102', '520103', '520102001', '520102002', '520199'] as const;
const CHECK_DATES = ['2026-09-25', '2026-11-15', '2026-12-12'] as const;
/** As the policy of the tests says, in days. */
const FRESHNESS: Record<string, number> = {
  tax: 45,
  vehicle: 35,
  housing_fund: 45,
  business_registry: 35,
  civil_affairs: 20,
};

/** Waits until everything has been sent and read, then compares all that is known with the model. */
export async function compare(here: Walk): Promise<void> {
  const { town } = here;
  const { matchers, desks } = town;
  await matchers.run(Math.max(1, matchers.running()));
  const settled = async () => {
    for (const desk of desks) {
      if (!(await desk.idle())) throw new Error(`${desk.source} still has something to send`);
    }
    if (!(await matchers.caughtUp())) throw new Error('the matcher has still something to read');
    for (const desk of desks) {
      const missing = await desk.unapplied();
      if (missing.length > 0) throw new Error(`nobody said that these were applied: ${missing.join(', ')}`);
    }
    return true;
  };
  await eventually(settled, { within: 30_000, what: 'every load sent and applied' });

  for (const type of TYPES) {
    expect({ type, known: await known(here, type) }).toEqual({ type, known: expected(here, type) });
    const { source } = town.deskOf(type);
    const epoch = here.epochs.get(source);
    const coverage = coverageOf(here.truth[type]).map((entry) => ({ ...entry, epoch }));
    expect({ type, coverage: await matchers.coverage(source, type) }).toEqual({ type, coverage });
  }
  await compareSources(here);
  await compareStates(here);
  expect(town.deadLetters()).toEqual([]);
  here.tally.comparisons = (here.tally.comparisons ?? 0) + 1;
}

const lines = (views: readonly View[]) => views.map(({ name, fields }) => JSON.stringify([name, ...fields]));

/** Marriage events stand in their order, which decides; of the others any order is as good. */
async function known({ town }: Walk, type: TypeName): Promise<[string, string[]][]> {
  const profiles = await town.matchers.profiles(type);
  const all = [...profiles].map(([person, views]): [string, string[]] => {
    const texts = lines(views);
    return [person, type === 'marriage' ? texts : texts.sort()];
  });
  return all.sort(([a], [b]) => (a < b ? -1 : 1));
}

function expected({ truth }: Walk, type: TypeName): [string, string[]][] {
  const all = [...viewsOf(truth[type])].map(([person, records]): [string, string[]] => {
    if (type !== 'marriage') return [person, lines(records.map(({ view }) => view)).sort()];
    const dateOf = (view: View) => Number(view.fields[2]);
    const sorted = records.sort((a, b) => dateOf(a.view) - dateOf(b.view) || byCodePoint(a.id, b.id));
    return [person, lines(sorted.map(({ view }) => view))];
  });
  return all.sort(([a], [b]) => (a < b ? -1 : 1));
}

function byCodePoint(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

/** What the sources say of themselves, and of every load since the last comparison. */
async function compareSources(here: Walk): Promise<void> {
  for (const desk of here.town.desks) {
    const { recordTypes } = await desk.status();
    for (const { recordType, records, queued, loads } of recordTypes) {
      const truth = here.truth[recordType as TypeName];
      const held = loads.map(({ scope, asOf, mode, state }) => ({ scope, asOf, mode, state }));
      expect({ recordType, records, queued, held }).toEqual({
        recordType,
        records: truth.records.size,
        queued: 0,
        held: coverageOf(truth).map(({ scope, asOf, mode }) => ({ scope, asOf, mode, state: 'applied' })),
      });
    }
    expect(await desk.leftovers()).toBe(0);
  }
  for (const { desk, id } of here.completed.splice(0)) expect((await desk.load(id)).state).toBe('applied');
  for (const { id, load } of here.waiting) {
    expect(await here.town.deskOf(load.type).load(id)).toMatchObject({ waitingFor: 'confirmWithdrawals' });
  }
}

async function compareStates({ town, truth }: Walk): Promise<void> {
  for (const asOf of CHECK_DATES) {
    const said = await town.sources(REGIONS, asOf);
    const should = REGIONS.map((region) =>
      SOURCES.map((source) => {
        const types = TYPES.filter((type) => town.deskOf(type).source === source).map((type) => truth[type]);
        return { source, ...stateOf(types, region, asOf, FRESHNESS[source] ?? 0), loading: false };
      }),
    );
    expect({ asOf, said }).toEqual({ asOf, said: should });
  }
}
