/**
 * What the departments last said, by the rules of loads in the plainest form: maps changed in place, nothing shared with the
 * engine of the sources. Everything the tests compare with comes from here.
 */

/** What the blind zone may know of a field: keys as hexadecimal text. */
export type Field = string | number | null;

/** A record as one of its persons has it. */
export interface View {
  person: string;
  name: string;
  fields: Field[];
}

/** What a good row says. */
export interface Statement<Plan> {
  id: string;
  /** One for each person that the row speaks of. */
  views: View[];
  /** Everything that the row says, in one spelling: equal text, nothing new. */
  content: string;
  plan: Plan;
}

/** A row: good, or rejected, with or without an id that can be read. */
export type Row<Plan> = { good: Statement<Plan> } | { heldId: string | null };

export interface Told<Plan> {
  scope: string;
  /** YYYY-MM-DD */
  asOf: string;
  mode: 'delta' | 'full';
  allowOlder: boolean;
  rows: Row<Plan>[];
}

export interface HeldRecord<Plan> {
  said: Statement<Plan>;
  /** Of the load that last wrote the record. */
  scope: string;
}

interface Completed {
  scope: string;
  asOf: string;
  mode: 'delta' | 'full';
}

/** What is true of one record type. */
export interface TypeTruth<Plan> {
  records: Map<string, HeldRecord<Plan>>;
  /** Every load that took effect, in order: the n-th has the number n. */
  completed: Completed[];
}

export interface Counts {
  read: number;
  applied: number;
  unchanged: number;
  superseded: number;
  rejected: number;
  withdrawn: number;
}

export type Outcome = { is: 'refused' } | { is: 'waiting' } | { is: 'completed'; counts: Counts };

/** When a full load waits for a confirmation: it would withdraw more than both. */
export interface Guard {
  percent: number;
  records: number;
}

export const nothingTold = <Plan>(): TypeTruth<Plan> => ({ records: new Map(), completed: [] });

/** True when all of `inner` lies in `scope`. */
export function liesIn(inner: string, scope: string): boolean {
  return shorten(inner).startsWith(shorten(scope));
}

function shorten(region: string): string {
  let text = region;
  while (region.length === 6 && text.endsWith('00')) text = text.slice(0, -2);
  return text;
}

/** As-of date of the last load of a scope that took effect. */
export const lastAsOf = <Plan>(truth: TypeTruth<Plan>, scope: string): string | null =>
  truth.completed.filter((load) => load.scope === scope).at(-1)?.asOf ?? null;

/** Lets a load take effect whose turn it is. */
export function hear<Plan>(truth: TypeTruth<Plan>, told: Told<Plan>, confirmed: boolean, guard: Guard): Outcome {
  const { records } = truth;
  const last = lastAsOf(truth, told.scope);
  if (last !== null && told.asOf < last && !told.allowOlder) return { is: 'refused' };
  const good = new Map<string, Statement<Plan>>();
  const held = new Set<string>();
  let goodRows = 0;
  for (const row of told.rows) {
    if ('good' in row) {
      goodRows++;
      good.set(row.good.id, row.good);
    } else if (row.heldId !== null) held.add(row.heldId);
  }
  const inScope = [...records].filter(([, record]) => liesIn(record.scope, told.scope)).map(([id]) => id);
  const gone = told.mode === 'full' ? inScope.filter((id) => !good.has(id) && !held.has(id)) : [];
  const many = gone.length > guard.records && gone.length / inScope.length > guard.percent / 100;
  if (many && !confirmed) return { is: 'waiting' };
  for (const id of gone) records.delete(id);
  let applied = 0;
  for (const [id, said] of good) {
    if (records.get(id)?.said.content !== said.content) applied++;
    records.set(id, { said, scope: told.scope });
  }
  truth.completed.push({ scope: told.scope, asOf: told.asOf, mode: told.mode });
  const counts: Counts = {
    read: told.rows.length,
    applied,
    unchanged: good.size - applied,
    superseded: goodRows - good.size,
    rejected: told.rows.length - goodRows,
    withdrawn: gone.length,
  };
  return { is: 'completed', counts };
}

/** All that is known of a type: person → records. Of two persons' records each has its own view. */
export function viewsOf<Plan>(truth: TypeTruth<Plan>): Map<string, { id: string; view: View }[]> {
  const views = new Map<string, { id: string; view: View }[]>();
  for (const [id, { said }] of truth.records) {
    for (const view of said.views) views.set(view.person, [...(views.get(view.person) ?? []), { id, view }]);
  }
  return views;
}

export interface ScopeCoverage {
  scope: string;
  asOf: string;
  mode: 'delta' | 'full';
  /** Which load it is, counted from 1. */
  seq: number;
  firstFullSeq: number | null;
}

/** The last load of each scope, and when the scope had its first full one. */
export function coverageOf<Plan>({ completed }: TypeTruth<Plan>): ScopeCoverage[] {
  return [...new Set(completed.map((load) => load.scope))].sort().map((scope) => {
    const seq = completed.findLastIndex((load) => load.scope === scope);
    const firstFull = completed.findIndex((load) => load.scope === scope && load.mode === 'full');
    const { asOf, mode } = completed[seq] ?? { asOf: '', mode: 'delta' };
    return { scope, asOf, mode, seq: seq + 1, firstFullSeq: firstFull < 0 ? null : firstFull + 1 };
  });
}

/** The as-of date of the newest load that counts for a region; null when none does. */
function newestFor<Plan>({ completed }: TypeTruth<Plan>, region: string): string | null {
  const covering = completed.map((load, at) => ({ ...load, at })).filter((load) => liesIn(region, load.scope));
  const counting = covering.filter(
    (load) =>
      !covering.some((later) => later.scope === load.scope && later.at > load.at) &&
      (load.mode === 'full' || covering.some((full) => full.mode === 'full' && full.at < load.at)),
  );
  return (
    counting
      .map((load) => load.asOf)
      .sort()
      .at(-1) ?? null
  );
}

/** What a report has to say of a source whose record types are these. */
export function stateOf<Plan>(types: readonly TypeTruth<Plan>[], region: string, asOf: string, freshnessDays: number) {
  const newest = types.map((truth) => newestFor(truth, region));
  if (newest.length === 0 || newest.includes(null)) return { state: 'no_reply', asOf: null };
  const oldest = newest.filter((date) => date !== null).sort()[0] ?? '';
  const age = (Date.parse(asOf) - Date.parse(oldest)) / 86_400_000;
  return { state: age <= freshnessDays ? 'answered' : 'stale', asOf: oldest };
}
