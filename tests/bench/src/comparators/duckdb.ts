import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

import { duckdb as dialect } from './dialect.js';
import { headerOf } from './files.js';
import { type CityLoad, type Parameters, parameterTables, text } from './parameters.js';
import type { StepSeconds } from './postgres.js';
import { narrowTables, rawTable, rawTableOf, recordType } from './source-tables.js';
import { assessmentSteps } from './steps.js';

/** DuckDB on a file of its own. */
export interface Duck {
  readonly connection: DuckDBConnection;
  /** Drops what the assessment of a batch left in memory, so that the next one begins as the first did. */
  forget(): Promise<void>;
  /** Lets the file go. */
  close(): void;
}

/** Opens a file, which is made when absent; `memory` as DuckDB writes it, such as `4GB`. */
export async function openDuck(file: string, threads = 2, memory = '4GB'): Promise<Duck> {
  const instance = await DuckDBInstance.create(file, { threads: String(threads), memory_limit: memory });
  const connection = await instance.connect();
  return {
    connection,
    async forget() {
      const reader = await connection.runAndReadAll(
        `select table_name, table_type from information_schema.tables where table_catalog = 'temp'`,
      );
      for (const [name, type] of reader.getRowsJS())
        await connection.run(`drop ${type === 'VIEW' ? 'view' : 'table'} temp.${String(name)}`);
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

const csv = (file: string, columns: readonly string[]): string =>
  `read_csv(${text(file)}, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = '',
     columns = {${columns.map((name) => `${text(name)}: 'varchar'`).join(', ')}})`;

/** The city's files into tables, until they are on disk. Returns its seconds. */
export async function duckSources(duck: Duck, folder: string, loads: readonly CityLoad[]): Promise<number> {
  const since = performance.now();
  for (const load of loads) {
    const type = recordType(load.type);
    const file = path.join(folder, load.file);
    const { columns } = await headerOf(file);
    await duck.connection.run(rawTableOf(type, columns));
    await duck.connection.run(
      `copy ${rawTable(type)} from ${text(file)} (header true, auto_detect false, delim ',', quote '"', escape '"', nullstr '')`,
    );
  }
  await duck.connection.run('checkpoint');
  return (performance.now() - since) / 1000;
}

/** As `narrowSources` of PostgreSQL. */
export async function duckNarrow(duck: Duck, files: readonly CityLoad[], parameters: Parameters): Promise<void> {
  for (const sql of parameterTables(parameters)) await duck.connection.run(sql);
  for (const load of files) {
    const type = recordType(load.type);
    for (const sql of narrowTables(dialect, type)) await duck.connection.run(sql);
  }
  await duck.connection.run('checkpoint');
}

/** Loads a household file, assesses it and writes its reports to disk, in one transaction. */
export async function duckAssess(
  duck: Duck,
  file: string,
  parameters: Parameters,
): Promise<{ seconds: number; steps: StepSeconds; suffixes: string[] }> {
  const { columns } = await headerOf(file);
  const steps: StepSeconds = {};
  const since = performance.now();
  const timed = async (name: string, statements: readonly string[]): Promise<void> => {
    const from = performance.now();
    for (const sql of statements) await duck.connection.run(sql);
    steps[name] = (steps[name] ?? 0) + (performance.now() - from) / 1000;
  };
  await timed('load', [
    `create temp table loaded as select * from ${csv(file, columns)}`,
    // DuckDB keeps the order of the file; it numbers rows in that order once they are committed.
    'create temp view batch_row as select rowid::int4 + 1 as line, * from loaded',
    'begin',
  ]);
  for (const step of assessmentSteps(dialect, parameters, '')) await timed(step.name, step.sql);
  await timed('commit', ['commit', 'checkpoint']);
  return { seconds: (performance.now() - since) / 1000, steps, suffixes: [''] };
}
