import type { Figures, ProcessFigures } from './figures.js';

const seconds = (value: number): string => `${value.toFixed(1)} s`;
const rate = (value: number): string => Math.round(value).toLocaleString('en-GB');
const row = (name: string, ...cells: string[]): string =>
  `${name.padEnd(34)}${cells.map((cell) => cell.padStart(20)).join('')}`;

/** Processor time and memory by kind of process, the dearest first. */
function processLines({ cpu, memoryMb }: ProcessFigures, count: number): string[] {
  return Object.entries(cpu)
    .sort(([, a], [, b]) => b - a)
    .map(([name, spent]) => {
      const memory = memoryMb[name];
      const each = `${((spent * 1e6) / count).toFixed(1)} µs CPU each`;
      return row(
        `  ${name}`,
        `${spent.toFixed(1)} s CPU`,
        each,
        memory ? `${memory.mid} MB, at most ${memory.max}` : '',
      );
    });
}

/** The figures of a run as a table for people; the last line holds the ratios for scripts. */
export function tableOf(figures: Figures): string {
  const { city, ingest, reload, batch, scale, online, ratesMs, restart, copy, sql, duckdb, ratios } = figures;
  const lines = [
    `${rate(city.households)} households, ${rate(city.persons)} persons in them, ${rate(city.records)} records`,
    '',
  ];
  if (figures.startSeconds !== undefined) lines.push(row('start', seconds(figures.startSeconds)));
  if (ingest)
    lines.push(
      row(
        'ingest',
        seconds(ingest.seconds),
        `${rate(ingest.recordsPerSecond)} records/s`,
        `${ingest.cpuMicrosPerRecord.toFixed(1)} µs CPU each`,
      ),
      ...processLines(ingest, city.records),
    );
  if (copy) lines.push(row('COPY with indexes', seconds(copy.seconds), `${rate(copy.recordsPerSecond)} records/s`));
  if (reload)
    lines.push(
      row(
        'second load',
        seconds(reload.seconds),
        `${rate(reload.changed)} rows changed`,
        `${reload.cpuMicrosPerRecord.toFixed(1)} µs CPU each`,
      ),
    );
  const measured: [
    string,
    { seconds: number; householdsPerSecond: number; cpuMicrosPerHousehold: number } | undefined,
  ][] = [
    ['batch', batch],
    ['SQL by hand', sql],
    ['DuckDB', duckdb],
  ];
  for (const [name, one] of measured) {
    if (one)
      lines.push(
        row(
          name,
          seconds(one.seconds),
          `${rate(one.householdsPerSecond)} households/s`,
          `${one.cpuMicrosPerHousehold.toFixed(1)} µs CPU each`,
        ),
      );
  }
  if (batch) {
    lines.push(
      row('  received after', seconds(batch.receiveSeconds)),
      row('  export of the reports', seconds(batch.exportSeconds)),
    );
    lines.push(row('  progress said at half time', `${Math.round(batch.progressAtHalfTime * 100)}%`));
    lines.push(...processLines(batch, city.households));
  }
  for (const size of scale ?? [])
    lines.push(
      row(`scale ${rate(size.households)}`, seconds(size.seconds), `${size.cpuMicrosPerHousehold} µs CPU each`),
    );
  if (online) {
    const times = [
      ['single check, idle', online.idle],
      ['single check beside a batch', online.duringBatch],
      ['changed record seen', online.changeVisible],
    ] as const;
    for (const [name, t] of times)
      lines.push(row(name, `p50 ${t.p50.toFixed(1)} ms`, `p99 ${t.p99.toFixed(1)} ms`, `${t.count} times`));
  }
  for (const [group, ms] of Object.entries(ratesMs ?? {})) lines.push(row(`rates by ${group}`, `${ms.toFixed(1)} ms`));
  if (restart) lines.push(row('matcher killed, first report', seconds(restart.firstReportSeconds)));
  for (const [name, one] of [
    ['SQL', sql],
    ['DuckDB', duckdb],
  ] as const) {
    if (one?.agreed != null) lines.push(row(`${name} agrees`, `${rate(one.agreed)} households`));
  }
  lines.push('', 'ratio');
  for (const [name, value] of Object.entries(ratios)) lines.push(row(name, value.toFixed(3)));
  return `${lines.join('\n')}\n`;
}

/** One line for scripts: `name=value …`. */
export const ratioLine = (ratios: Readonly<Record<string, number>>): string =>
  Object.entries(ratios)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
