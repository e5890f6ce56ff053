/** By kind of process: seconds of processor time of all of a kind, megabytes of the largest. */
export interface ProcessFigures {
  cpu: Record<string, number>;
  memoryMb: Record<string, { mid: number; max: number }>;
}

/** All that a run measured. A part that was not asked for is absent. */
export interface Figures {
  settings: Record<string, string | number | boolean>;
  city: { households: number; persons: number; records: number };
  startSeconds?: number;
  ingest?: { seconds: number; recordsPerSecond: number; cpuMicrosPerRecord: number } & ProcessFigures;
  reload?: { seconds: number; changed: number; cpuMicrosPerRecord: number } & ProcessFigures;
  batch?: BatchFigures;
  scale?: { households: number; seconds: number; cpuMicrosPerHousehold: number; peakMb: Record<string, number> }[];
  online?: OnlineFigures;
  ratesMs?: Record<string, number>;
  restart?: { firstReportSeconds: number; persons: number };
  copy?: { seconds: number; recordsPerSecond: number; narrowSeconds: number };
  sql?: ComparatorFigures;
  duckdb?: ComparatorFigures & { sourcesSeconds: number };
  ratios: Record<string, number>;
}

export interface BatchFigures extends ProcessFigures {
  /** From the first byte of the POST to the last report readable; the median of `runs`. */
  seconds: number;
  runs: number[];
  householdsPerSecond: number;
  receiveSeconds: number;
  exportSeconds: number;
  cpuMicrosPerHousehold: number;
  /** What the progress said at half the time: 0.5 is the truth. */
  progressAtHalfTime: number;
}

export interface OnlineFigures {
  idle: Times;
  duringBatch: Times;
  /** From the POST of a load of one record to the end of the first single check that shows it. */
  changeVisible: Times;
}

/** Milliseconds. */
export interface Times {
  count: number;
  p50: number;
  p99: number;
}

export interface ComparatorFigures {
  seconds: number;
  runs: number[];
  householdsPerSecond: number;
  cpuMicrosPerHousehold: number;
  steps: Record<string, number>;
  /** Households whose reports equal Hedui's in every field; null when Hedui was not run. */
  agreed: number | null;
}

export function timesOf(values: readonly number[]): Times {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: rounded(at(0.5)), p99: rounded(at(0.99)) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export const rounded = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** Ratios of what was measured: above 1 Hedui is the faster, where it is held against another. */
export function ratiosOf(figures: Omit<Figures, 'ratios'>): Record<string, number> {
  const { batch, sql, duckdb, ingest, copy, scale, online, reload } = figures;
  const ratios: Record<string, number> = {};
  if (batch && sql) ratios.batch_vs_sql = sql.seconds / batch.seconds;
  if (batch && duckdb) ratios.batch_vs_duckdb = duckdb.seconds / batch.seconds;
  if (ingest && copy) ratios.ingest_vs_copy = copy.seconds / ingest.seconds;
  if (scale && scale.length > 1) {
    const costs = scale.map((size) => size.cpuMicrosPerHousehold);
    ratios.cost_flatness = Math.max(...costs) / Math.min(...costs);
  }
  if (online) ratios.check_p99_loaded_vs_idle = online.duringBatch.p99 / online.idle.p99;
  if (ingest && reload) ratios.reload_vs_first = reload.seconds / ingest.seconds;
  return Object.fromEntries(Object.entries(ratios).map(([name, value]) => [name, rounded(value, 3)]));
}
