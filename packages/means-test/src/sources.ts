import {
  type Day,
  type LoadMode,
  RECORD_TYPES,
  regionCovers,
  SOURCES,
  type SourceName,
  type SourceState,
} from '@hedui/contracts';
import type { Policy } from './policy/compile.js';

/** The last completed load of one scope and record type. */
export interface CoverageEntry {
  source: string;
  recordType: string;
  /** Region code of six or nine digits. */
  scope: string;
  mode: LoadMode;
  /** The department's data date. */
  asOf: Day;
  /** Order of completion among the loads of the record type. */
  seq: number;
  /** seq of the first full load of this scope that was completed; null before there was one. */
  firstFullSeq: number | null;
}

const typesOf = new Map<SourceName, readonly string[]>(
  SOURCES.map((source) => [source, RECORD_TYPES.filter((r) => r.source === source).map((r) => r.type)]),
);

/**
 * The as-of date of the newest load of one record type that counts for a household: it covers the household and, if a
 * delta, a full load that covers the household too was completed before it (README §10). Null when none counts.
 */
function newestThatCounts(
  coverage: readonly CoverageEntry[],
  source: string,
  type: string,
  region: string,
): Day | null {
  let firstFull = Number.POSITIVE_INFINITY;
  for (const load of coverage) {
    if (load.recordType !== type || load.source !== source || load.firstFullSeq === null) continue;
    if (load.firstFullSeq < firstFull && regionCovers(load.scope, region)) firstFull = load.firstFullSeq;
  }
  let newest: Day | null = null;
  for (const load of coverage) {
    if (load.recordType !== type || load.source !== source) continue;
    if (newest !== null && load.asOf <= newest) continue;
    if (load.mode === 'delta' && load.seq <= firstFull) continue;
    if (regionCovers(load.scope, region)) newest = load.asOf;
  }
  return newest;
}

/**
 * State of all five sources for the households of a region, in registry order (README §10). `loading` names the loads
 * that are being applied; a load of any scope marks its source, because records are matched by person, not by region.
 */
export function sourceStates(
  policy: Policy,
  coverage: readonly CoverageEntry[],
  loading: readonly { source: string; scope: string }[],
  region: string,
  asOf: Day,
): SourceState[] {
  return SOURCES.map((source) => {
    const newest = (typesOf.get(source) ?? []).map((type) => newestThatCounts(coverage, source, type, region));
    const counting = newest.filter((date) => date !== null);
    const oldest = counting.length < newest.length ? null : (Math.min(...counting) as Day);
    const days = policy.freshness[source];
    return {
      source,
      state: oldest === null ? 'no_reply' : days === null || oldest >= asOf - days ? 'answered' : 'stale',
      asOf: oldest,
      loading: loading.some((load) => load.source === source),
    };
  });
}
