import { type Day, type PolicyRef, regionCovers, type SourceState } from '@hedui/contracts';
import { type Policy, sourceStates } from '@hedui/means-test';
import type { Queryable } from '@hedui/postgres';
import { type CoverageState, type LoadBeingApplied, readCoverage } from '../db/coverage.js';
import { RECORDS_GROUP } from '../records/apply.js';

/** Coverage as of one version, with the states of the sources worked out once for each region, policy and date. */
export interface CoverageView {
  readonly version: string;
  readonly underWay: readonly LoadBeingApplied[];
  /** Only loads whose scope covers the region mark their source as loading. */
  sources(policy: Policy, ref: PolicyRef, region: string, asOf: Day): readonly SourceState[];
}

const MEMO_LIMIT = 20_000;

export function coverageView(version: string, state: CoverageState): CoverageView {
  const memo = new Map<string, readonly SourceState[]>();
  return {
    version,
    underWay: state.underWay,
    sources(policy, ref, region, asOf) {
      const key = `${ref.digest} ${region} ${asOf}`;
      let states = memo.get(key);
      if (states === undefined) {
        const covering = state.entries.filter((entry) => regionCovers(entry.scope, region));
        const loading = state.underWay.filter((load) => regionCovers(load.scope, region));
        states = sourceStates(policy, covering, loading, region, asOf);
        if (memo.size >= MEMO_LIMIT) memo.clear();
        memo.set(key, states);
      }
      return states;
    },
  };
}

/** Gives the view of a version, read through the client whose snapshot told the version; the last one is kept. */
export type CoverageViews = (version: string, db: Queryable) => Promise<CoverageView>;

export function createCoverageViews(): CoverageViews {
  let last: CoverageView | null = null;
  return async (version, db) => {
    if (last?.version === version) return last;
    const view = coverageView(version, await readCoverage(db, RECORDS_GROUP));
    last = view;
    return view;
  };
}

/** True when the load may change what the household of this region is told: one lies within the other. */
export function touches(load: LoadBeingApplied, region: string): boolean {
  return regionCovers(load.scope, region) || regionCovers(region, load.scope);
}
