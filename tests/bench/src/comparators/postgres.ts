import { stat } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { postgres as dialect } from './dialect.js';
import { headerOf, readStretch, type Stretch, splitHouseholds } from './files.js';
import { type CityLoad, type Parameters, parameterTables } from './parameters.js';
import { narrowTables, rawTable, rawTableOf, recordType } from './source-tables.js';
import { assessmentSteps } from './steps.js';

/** Seconds of a comparator's steps, by their names; of parallel sessions the sum. */
export type StepSeconds = Record<string, number>;

/** Settings of each session: memory for sorts and hashes; two sessions fill two cores, so no parallel workers beside them. */
export const SESSION_SETTINGS = {
  jit: 'off',
  work_mem: '256MB',
  maintenance_work_mem: '256MB',
  temp_buffers: '512MB',
  max_parallel_workers_per_gather: '0',
  synchronous_commit: 'on',
};

export async function connect(
  url: string,
  settings: Readonly<Record<string, string>> = SESSION_SETTINGS,
): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  for (const [name, value] of Object.entries(settings)) await client.query(`set ${name} = '${value}'`);
  return client;
}

async function copy(client: pg.Client, table: string, columns: readonly string[], stretch: Stretch): Promise<void> {
  const list = columns.map((column) => `"${column}"`).join(', ');
  const target = client.query(copyFrom(`copy ${table} (${list}) from stdin (format csv)`));
  await pipeline(readStretch(stretch), target);
}

/** Works `jobs` off on as many sessions as there are clients. */
async function shared<T>(
  clients: readonly pg.Client[],
  jobs: readonly T[],
  work: (client: pg.Client, job: T) => Promise<void>,
): Promise<void> {
  const queue = [...jobs];
  await Promise.all(
    clients.map(async (client) => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) await work(client, job);
    }),
  );
}

/**
 * COPY of the city's files into indexed tables (record id unique, document number), in two sessions, the largest file first; each
 * file is one transaction. Returns its seconds.
 */
export async function copySources(url: string, folder: string, loads: readonly CityLoad[]): Promise<number> {
  const clients = [await connect(url), await connect(url)];
  try {
    const sized = await Promise.all(
      loads.map(async (load) => ({ load, bytes: (await stat(path.join(folder, load.file))).size })),
    );
    const files = sized.sort((a, b) => b.bytes - a.bytes);
    const since = performance.now();
    await shared(clients, files, async (client, { load, bytes }) => {
      const type = recordType(load.type);
      const file = path.join(folder, load.file);
      const { columns, rowsFrom } = await headerOf(file);
      await client.query('begin');
      await client.query(rawTableOf(type, columns));
      await copy(client, rawTable(type), columns, { file, from: rowsFrom, end: bytes });
      await client.query(`alter table ${rawTable(type)} add primary key (record_id)`);
      await client.query(`create index on ${rawTable(type)} (id_number)`);
      await client.query('commit');
    });
    return (performance.now() - since) / 1000;
  } finally {
    for (const client of clients) await client.end();
  }
}

/** Narrow, sorted, indexed tables from the raw ones, and the policy's tables. Seconds. */
export async function narrowSources(url: string, files: readonly CityLoad[], parameters: Parameters): Promise<number> {
  const clients = [await connect(url), await connect(url)];
  const since = performance.now();
  try {
    for (const sql of parameterTables(parameters)) await clients[0]?.query(sql);
    await shared(clients, files, async (client, load) => {
      const type = recordType(load.type);
      for (const sql of narrowTables(dialect, type)) await client.query(sql);
    });
    await clients[0]?.query('vacuum analyze');
    return (performance.now() - since) / 1000;
  } finally {
    for (const client of clients) await client.end();
  }
}

/** The lines of a session begin here, so that households of two sessions never share a number. */
const FIRST_LINE = 1_000_000_000;

/**
 * Loads a household file, assesses it and writes its reports, in `sessions` sessions, each one transaction over its share of the
 * file.  Returns the seconds until the last commit.
 */
export async function assessBatch(
  url: string,
  file: string,
  parameters: Parameters,
  sessions = 2,
): Promise<{ seconds: number; steps: StepSeconds; suffixes: string[] }> {
  const stretches = await splitHouseholds(file, sessions);
  const { columns } = await headerOf(file);
  const clients = await Promise.all(stretches.map(() => connect(url)));
  const steps: StepSeconds = {};
  const since = performance.now();
  try {
    await Promise.all(stretches.map((stretch, at) => session(clients[at], stretch, columns, at, parameters, steps)));
    return { seconds: (performance.now() - since) / 1000, steps, suffixes: stretches.map((_, at) => `_${at}`) };
  } finally {
    for (const client of clients) await client.end();
  }
}

async function session(
  client: pg.Client | undefined,
  stretch: Stretch,
  columns: readonly string[],
  at: number,
  parameters: Parameters,
  steps: StepSeconds,
): Promise<void> {
  if (client === undefined) throw new RangeError('a session without a connection');
  const timed = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const since = performance.now();
    await work();
    steps[name] = (steps[name] ?? 0) + (performance.now() - since) / 1000;
  };
  await client.query('begin');
  await timed('load', async () => {
    const cells = columns.map((name) => `"${name}" text collate "C"`).join(', ');
    await client.query(
      `create temp table batch_row (line int4 generated always as identity (start with ${at * FIRST_LINE + 1}), ${cells}) on commit drop`,
    );
    await copy(client, 'batch_row', columns, stretch);
    await client.query('analyze batch_row');
  });
  for (const step of assessmentSteps(dialect, parameters, `_${at}`)) {
    await timed(step.name, async () => {
      for (const sql of step.sql) await client.query(sql);
    });
  }
  await timed('commit', () => client.query('commit'));
}
