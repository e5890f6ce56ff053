import type { CounterKey, GaugeKey, HistogramKey, Labels } from './metrics.js';

/** Says the value of a gauge now. */
export type Say = (metric: GaugeKey, value: number, labels?: Labels) => void;

/** Reads gauges when somebody asks; `name` is a short word for failures. */
export interface Collector {
  name: string;
  read(say: Say): Promise<void> | void;
}

/** Where counts go while telemetry is on. */
export interface Recorder {
  count(metric: CounterKey, by: number, labels: Labels): void;
  observe(metric: HistogramKey, value: number, labels: Labels): void;
}

let current: Recorder | null = null;
const collectors = new Set<Collector>();

/** Null: telemetry is off, and counting costs nothing. */
export function useRecorder(recorder: Recorder | null): void {
  current = recorder;
}

/** Adds to a counter. On a hot path it is called once a chunk, never once a household. */
export function count(metric: CounterKey, by = 1, labels: Labels = {}): void {
  current?.count(metric, by, labels);
}

/** Notes how long something took, in seconds. */
export function observe(metric: HistogramKey, seconds: number, labels: Labels = {}): void {
  current?.observe(metric, seconds, labels);
}

/** Has gauges read whenever metrics are asked for, until the returned function is called. Without telemetry it is never asked. */
export function collect(collector: Collector): () => void {
  collectors.add(collector);
  return () => {
    collectors.delete(collector);
  };
}

/** Everybody who is asked. */
export const allCollectors = (): readonly Collector[] => [...collectors];
