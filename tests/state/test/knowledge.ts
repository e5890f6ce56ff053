import type { Desk } from './desk.js';
import { type RowPlan, TYPES, type TypeName } from './files.js';
import type { LoadPlan } from './steps.js';
import type { Town } from './town.js';
import { nothingTold, type Outcome, type TypeTruth } from './truth.js';

/** What the model knows, and what is owed an answer. */
export interface Walk {
  town: Town;
  truth: Record<TypeName, TypeTruth<RowPlan>>;
  /** Newest file of each type that took effect. */
  newest: Partial<Record<TypeName, LoadPlan>>;
  /** Loads that wait for a confirmation. */
  waiting: { id: string; load: LoadPlan }[];
  /** What the loads that took effect since the last comparison came to. */
  completed: { desk: Desk; id: string; outcome: Outcome }[];
  epochs: Map<string, number>;
  /** What happened, for the record of a run. */
  tally: Record<string, number>;
}

export const beginWalk = (town: Town, tally: Record<string, number>): Walk => ({
  town,
  truth: Object.fromEntries(TYPES.map((type) => [type, nothingTold<RowPlan>()])) as Walk['truth'],
  newest: {},
  waiting: [],
  completed: [],
  epochs: new Map(town.desks.map(({ source }) => [source, 1])),
  tally,
});
