import { type Basis, basisForRegion, type Day, type PolicyRef, regionCovers, type SourceState } from '@hedui/contracts';
import { type Policy, sourceStates } from '@hedui/means-test';
import type { Queryable } from '@hedui/postgres';
import { type CoverageState, type LoadBeingApplied, readCoverage } from '../db/coverage.js';
import { RECORDS_GROUP } from '../records/apply.js';

/** What a basis keeps of the coverage. */
export type CoverageBasis = Pick<Basis, 'coverage' | 'loading'>;

/** Coverage as of one version, with the states of the sources worked out once for each region, policy and date. */
export interface CoverageView {
  readonly version: string;
  readonly underWay: readonly LoadBeingApplied[];
  /** Only loads whose scope covers the region mark their source as loading. */
  sources(policy: Policy, ref: PolicyRef, region: string, asOf: Day): readonly SourceState[];
  /** The loads that `sources` looks at for any of these regions. */
  basis(regions: Iterable<string>): CoverageBasis;
}

const MEMO_LIMIT = 20_000;

export function coverageView(version: string, state: CoverageState): CoverageView {
  const all: CoverageBasis = {
    coverage: state.entries,
    loading: state.underWay.map(({ source, scope }) => ({ source, scope })),
  };
  const speaking = memoised((region: string) => basisForRegion(all, region));
  const states = new Map<string, readonly SourceState[]>();
  return {
    version,
    underWay: state.underWay,
    sources(policy, ref, region, asOf) {
      const key = `${ref.digest} ${region} ${asOf}`;
      let known = states.get(key);
      if (known === undefined) {
        const { coverage, loading } = speaking(region);
        known = sourceStates(policy, coverage, loading, region, asOf);
        if (states.size >= MEMO_LIMIT) states.clear();
        states.set(key, known);
      }
      return known;
    },
    basis(regions) {
      const parts = [...new Set(regions)].map(speaking);
      return {
        coverage: [...new Set(parts.flatMap(({ coverage }) => coverage))],
        loading: [...new Set(parts.flatMap(({ loading }) => loading))],
      };
    },
  };
}

function memoised<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(key);
    if (known.size >= MEMO_LIMIT) known.clear();
    known.set(key, made);
    return made;
  };
}

/** The views of versions of the coverage; the last one is kept. */
export interface CoverageViews {
  /** Without asking the database; null for another version than the last one. */
  known(version: string): CoverageView | null;
  /** Read through the client whose snapshot told the version. */
  read(version: string, db: Queryable): Promise<CoverageView>;
}

export function createCoverageViews(): CoverageViews {
  let last: CoverageView | null = null;
  const known = (version: string) => (last?.version === version ? last : null);
  return {
    known,
    async read(version, db) {
      const view = known(version) ?? coverageView(version, await readCoverage(db, RECORDS_GROUP));
      last = view;
      return view;
    },
  };
}

/** True when the load may change what the household of this region is told: one lies within the other. */
export function touches(load: LoadBeingApplied, region: string): boolean {
  return regionCovers(load.scope, region) || regionCovers(region, load.scope);
}
