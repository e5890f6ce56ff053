import { chmod, mkdir, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';
import { startPostgres } from '@hedui/local-parts';
import { agree, exportedReports, insist } from '../agreement/agree.js';
import type { Line } from '../agreement/canonical.js';
import { readDuck, readPostgres, storedReports } from '../agreement/stored.js';
import type { City } from '../city.js';
import { type ComparatorFigures, type Figures, median, rounded } from '../figures.js';
import { totalCpu, usageOf } from '../hedui/processes.js';
import { duckAssess, duckNarrow, duckSources, openDuck } from './duckdb.js';
import type { Parameters } from './parameters.js';
import { assessBatch, connect, copySources, narrowSources, type StepSeconds } from './postgres.js';

/** Hedui's reports to be agreed with: their digests by household, and the file that they came from. */
export interface Expected {
  digests: ReadonlyMap<string, string>;
  file: string;
}

export interface ComparatorOptions {
  repeat: number;
  sessions: number;
  /** False: only the sources are loaded. */
  batch: boolean;
}

const REPORT_TABLES = ['report', 'report_income', 'report_support', 'report_finding'];
const quarterOfMemory = Math.floor(totalmem() / 4 / 1e6);

/** The server's settings: durable, nothing to replicate to, and enough memory that the city stays in it. */
export const SERVER_SETTINGS = {
  shared_buffers: `${Math.min(4_000, quarterOfMemory)}MB`,
  effective_cache_size: `${2 * quarterOfMemory}MB`,
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '16GB',
  checkpoint_timeout: '30min',
  wal_buffers: '64MB',
  random_page_cost: '1.1',
  jit: 'off',
  autovacuum: 'off',
};

interface Run {
  seconds: number;
  steps: StepSeconds;
  suffixes: string[];
}

async function repeated(
  options: ComparatorOptions,
  households: number,
  cpu: () => Promise<number>,
  forget: (suffixes: readonly string[]) => Promise<void>,
  work: () => Promise<Run>,
): Promise<{ figures: ComparatorFigures; suffixes: string[] }> {
  const runs: Run[] = [];
  const costs: number[] = [];
  for (let run = 0; run < options.repeat; run++) {
    await forget(runs.at(-1)?.suffixes ?? []);
    const before = await cpu();
    runs.push(await work());
    costs.push(((await cpu()) - before) * 1e6);
  }
  const seconds = median(runs.map((run) => run.seconds));
  const last = runs.at(-1);
  const steps = Object.entries(last?.steps ?? {}).map(([name, value]) => [name, rounded(value)] as const);
  return {
    figures: {
      seconds,
      runs: runs.map((run) => rounded(run.seconds)),
      householdsPerSecond: households / seconds,
      cpuMicrosPerHousehold: rounded(median(costs) / households, 1),
      steps: Object.fromEntries(steps),
      agreed: null,
    },
    suffixes: last?.suffixes ?? [],
  };
}

async function agreement(name: string, expected: Expected | null, stored: AsyncIterable<Line>): Promise<number | null> {
  if (expected === null) return null;
  const result = await agree(expected.digests, stored, () => exportedReports(expected.file));
  insist(name, result);
  return result.compared;
}

const ownCpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** COPY and the SQL written by hand, on a PostgreSQL server of their own in `scratch`. */
export async function comparePostgres(
  city: City,
  parameters: Parameters,
  options: ComparatorOptions,
  scratch: string,
  expected: Expected | null,
): Promise<Pick<Figures, 'copy' | 'sql'>> {
  const dataDir = path.join(scratch, 'postgres');
  await mkdir(dataDir, { recursive: true });
  // For root PostgreSQL runs as another user, who has to get in.
  await chmod(scratch, 0o755);
  const server = await startPostgres({ dataDir, settings: SERVER_SETTINGS });
  try {
    const url = await server.createDatabase('comparator');
    const seconds = await copySources(url, city.folder, city.loads);
    const found: Pick<Figures, 'copy' | 'sql'> = {};
    const narrowSeconds = options.batch ? rounded(await narrowSources(url, city.loads, parameters)) : 0;
    found.copy = { seconds, recordsPerSecond: city.records / seconds, narrowSeconds };
    if (!options.batch) return found;
    const admin = await connect(url);
    try {
      const { figures, suffixes } = await repeated(
        options,
        city.households,
        async () => totalCpu(await usageOf(dataDir)) + ownCpu(),
        async (last) => {
          for (const suffix of last)
            for (const table of REPORT_TABLES) await admin.query(`drop table ${table}${suffix}`);
          await admin.query('checkpoint');
        },
        () => assessBatch(url, city.householdFile, parameters, options.sessions),
      );
      // For reading all reports in turn, which is no part of the job.
      for (const suffix of suffixes) await admin.query(`create index on report${suffix} (h)`);
      const agreed = await agreement('SQL', expected, storedReports(readPostgres(admin), suffixes));
      found.sql = { ...figures, agreed };
    } finally {
      await admin.end();
    }
    return found;
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The same in DuckDB, on a file in `scratch`. */
export async function compareDuck(
  city: City,
  parameters: Parameters,
  options: ComparatorOptions,
  scratch: string,
  expected: Expected | null,
): Promise<NonNullable<Figures['duckdb']>> {
  const file = path.join(scratch, 'comparator.duckdb');
  const duck = await openDuck(file, options.sessions, `${2 * quarterOfMemory}MB`);
  try {
    const sourcesSeconds = rounded(await duckSources(duck, city.folder, city.loads));
    await duckNarrow(duck, city.loads, parameters);
    const { figures, suffixes } = await repeated(
      options,
      city.households,
      async () => ownCpu(),
      async (last) => {
        for (const suffix of last)
          for (const table of REPORT_TABLES) await duck.connection.run(`drop table ${table}${suffix}`);
        if (last.length > 0) await duck.forget();
      },
      () => duckAssess(duck, city.householdFile, parameters),
    );
    const agreed = await agreement('DuckDB', expected, storedReports(readDuck(duck), suffixes));
    return { ...figures, agreed, sourcesSeconds };
  } finally {
    duck.close();
    await rm(file, { force: true });
    await rm(`${file}.wal`, { force: true });
  }
}
