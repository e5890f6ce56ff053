import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export const MEASURES = ['ingest', 'batch', 'online', 'rates', 'restart', 'scale'] as const;
export type Measure = (typeof MEASURES)[number];

/** What the command line asks for. */
export interface Options {
  households: number;
  bystanders: number;
  seed: number;
  log: 'kafka' | 'postgres';
  only: ReadonlySet<Measure>;
  /** Compare with COPY, SQL and DuckDB too. */
  comparators: boolean;
  /** Few single checks and changes: for the test that runs the bench, not for figures. */
  short: boolean;
  /** Times that batch and comparators are run; the median counts. */
  repeat: number;
  /** Single checks one after the other, and changes whose way to a report is timed. */
  checks: number;
  changes: number;
  /** File for all figures, or null. */
  json: string | null;
  /** Folder for profiles, or null. */
  profile: string | null;
  /** Sessions of SQL and threads of DuckDB. */
  sessions: number;
  /** Keep the folder with reports and databases of the comparators. */
  keep: boolean;
}

/** Thrown for a command line that cannot be understood; the message says what is allowed. */
export class UsageError extends Error {}

function whole(name: string, value: string, least: number): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < least)
    throw new UsageError(`--${name} is a whole number from ${least}, not ${value}`);
  return number;
}

const isMeasure = (name: string): name is Measure => MEASURES.some((measure) => measure === name);

/** Reads the arguments after the script's name. Throws UsageError. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      households: { type: 'string' },
      bystanders: { type: 'string' },
      seed: { type: 'string', default: '7' },
      log: { type: 'string', default: 'kafka' },
      only: { type: 'string', default: MEASURES.join(',') },
      'no-comparators': { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      repeat: { type: 'string', default: '1' },
      checks: { type: 'string' },
      changes: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
      sessions: { type: 'string', default: '2' },
      keep: { type: 'boolean', default: false },
    },
  });
  const only = values.only.split(',').filter((name) => name !== '');
  const unknown = only.filter((name) => !isMeasure(name));
  if (unknown.length > 0 || only.length === 0)
    throw new UsageError(`--only takes some of ${MEASURES.join(',')}, not ${values.only}`);
  if (values.log !== 'kafka' && values.log !== 'postgres')
    throw new UsageError(`--log is kafka or postgres, not ${values.log}`);
  const households = whole('households', values.households ?? (values.short ? '300' : '20000'), 1);
  return {
    households,
    bystanders: whole('bystanders', values.bystanders ?? String(households * 5), 0),
    seed: whole('seed', values.seed, 0),
    log: values.log,
    only: new Set(only.filter(isMeasure)),
    comparators: !values['no-comparators'],
    short: values.short,
    repeat: whole('repeat', values.repeat, 1),
    checks: whole('checks', values.checks ?? (values.short ? '20' : '500'), 1),
    changes: whole('changes', values.changes ?? (values.short ? '2' : '50'), 1),
    json: values.json ?? null,
    profile: values.profile ?? null,
    sessions: whole('sessions', values.sessions, 1),
    keep: values.keep,
  };
}

/** What the run stood on, for whoever reads the figures later. */
export const machine = (): Record<string, string | number> => ({
  node: process.version,
  cores: availableParallelism(),
});
