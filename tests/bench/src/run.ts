import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { digests, exportedReports } from './agreement/agree.js';
import { AS_OF, bringCity, type City } from './city.js';
import { parametersOf } from './comparators/parameters.js';
import { compareDuck, comparePostgres, type Expected } from './comparators/run.js';
import { type Figures, ratiosOf } from './figures.js';
import { ROOT, startInstallation } from './hedui/installation.js';
import { measureBatch } from './measures/batch.js';
import { measureIngest, measureReload } from './measures/ingest.js';
import { measureOnline } from './measures/online.js';
import { measureRates } from './measures/rates.js';
import { measureRestart } from './measures/restart.js';
import { measureScale } from './measures/scale.js';
import { machine, type Options } from './options.js';
import { profiled, profilingOptions } from './profile/batch-profile.js';

const POLICY = path.join(ROOT, 'infra/local/sample/policy.yaml');

/** Measures Hedui and its comparators in one run, one after the other. Throws when a comparator's reports differ from Hedui's. */
export async function runBench(options: Options, say: (text: string) => void): Promise<Figures> {
  const { households, bystanders, seed, log } = options;
  say(`city of ${households} households and ${bystanders} bystanders, seed ${seed}`);
  const city = await bringCity(options);
  const scratch = await mkdtemp(path.join(tmpdir(), 'hedui-bench-'));
  const reportsFile = path.join(scratch, 'reports.ndjson');
  try {
    const measured: Omit<Figures, 'ratios'> = {
      settings: { log, seed, bystanders, repeat: options.repeat, sessions: options.sessions, ...machine() },
      city: { households, persons: city.persons, records: city.records },
      ...(await measureHedui(city, options, scratch, reportsFile, say)),
    };
    if (options.comparators) Object.assign(measured, await compare(city, options, scratch, reportsFile, say));
    return { ...measured, ratios: ratiosOf(measured) };
  } finally {
    if (options.keep) say(`kept: ${scratch}`);
    else await rm(scratch, { recursive: true, force: true });
  }
}

async function measureHedui(
  city: City,
  options: Options,
  scratch: string,
  reportsFile: string,
  say: (text: string) => void,
): Promise<Partial<Figures>> {
  const { only, profile } = options;
  if (profile !== null) process.env.HEDUI_BENCH_PROFILE = path.resolve(profile);
  say(`installation on the ${options.log} log`);
  const mesh = await startInstallation(options.log, profile === null ? '' : profilingOptions());
  try {
    await mesh.client.publishPolicy(await readFile(POLICY, 'utf8'), 'application/yaml');
    const found: Partial<Figures> = { startSeconds: mesh.startSeconds };
    found.ingest = await measureIngest(mesh, city);
    const batch = () => measureBatch(mesh, city, options.repeat, reportsFile);
    // The order matters: what changes the sources comes after the batch that the comparators are held against.
    if (only.has('batch')) {
      found.batch =
        profile === null
          ? await batch()
          : await profiled(mesh, path.resolve(profile), city.households * options.repeat, batch);
    }
    if (only.has('scale')) found.scale = await measureScale(mesh, city);
    if (only.has('rates')) found.ratesMs = await measureRates(mesh);
    if (only.has('online')) found.online = await measureOnline(mesh, city, options);
    if (only.has('restart')) found.restart = await measureRestart(mesh, city);
    if (only.has('ingest')) found.reload = await measureReload(mesh, city, scratch);
    return found;
  } finally {
    await mesh.stop();
  }
}

async function compare(
  city: City,
  options: Options,
  scratch: string,
  reportsFile: string,
  say: (text: string) => void,
): Promise<Partial<Figures>> {
  const { only, repeat, sessions } = options;
  const batch = only.has('batch');
  if (!batch && !only.has('ingest')) return {};
  const parameters = parametersOf(await readFile(POLICY, 'utf8'), AS_OF, city.loads);
  const expected: Expected | null = batch
    ? { digests: await digests(exportedReports(reportsFile)), file: reportsFile }
    : null;
  say(`COPY${batch ? ' and SQL' : ''} in PostgreSQL`);
  const found: Partial<Figures> = await comparePostgres(
    city,
    parameters,
    { repeat, sessions, batch },
    scratch,
    expected,
  );
  if (batch) {
    say('DuckDB');
    found.duckdb = await compareDuck(city, parameters, { repeat, sessions, batch }, scratch, expected);
  }
  return found;
}
