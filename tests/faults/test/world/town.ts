import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { until } from '@hedui/local-parts';
import { writeCity } from '@hedui/testing/city';
import { parse as parseStream } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { Secrets } from '../checker/leaks.js';
import type { ExpectedRecords } from '../checker/records.js';
import type { ExpectedBatch, GivenReport } from '../checker/reports.js';
import { ROOT } from './launcher.js';
import type { Random } from './random.js';
import type { World } from './world.js';

/** A small invented city, what its departments say, and what must come of it. */
export interface Town {
  readonly folder: string;
  readonly asOf: string;
  readonly loads: readonly { source: string; type: string; file: string; scope: string; asOf: string; mode: string }[];
  /** What must be held when every file has been loaded. */
  readonly records: readonly ExpectedRecords[];
  readonly households: { file: string; accepted: ReadonlySet<string>; applicants: ReadonlyMap<string, string> };
  readonly secrets: Secrets;
}

const POLICY = path.join(ROOT, 'infra/local/sample/policy.yaml');

type Row = Record<string, string>;

async function rowsOf(file: string): Promise<Row[]> {
  return parse(await readFile(file, 'utf8'), { columns: true, bom: true }) as Row[];
}

/** The same one by one: a large town has millions. */
function eachRow(file: string): AsyncIterable<Row> {
  return createReadStream(file).pipe(parseStream({ columns: true, bom: true }));
}

/** Writes a town of so many households below `folder`; the same seed gives the same town. */
export async function makeTown(
  folder: string,
  size: { seed: number; households: number; bystanders: number },
): Promise<Town> {
  const asOf = '2026-11-15';
  const facts = await writeCity(folder, { ...size, asOf });
  const loads = JSON.parse(await readFile(path.join(folder, 'loads.json'), 'utf8')) as Town['loads'];
  const numbers = new Set<string>();
  const names = new Set<string>();
  const note = (row: Row) => {
    for (const [column, value] of Object.entries(row)) {
      if (value && /id_number$/.test(column)) numbers.add(value.replace(/^'/, '').toUpperCase());
      if (value && /(^|_)name$/.test(column) && !/entity|employer|payer/.test(column)) names.add(value);
    }
  };
  const records: ExpectedRecords[] = [];
  for (const { source, type, file } of loads) {
    const bad = new Set(Object.entries(facts.files).find(([name]) => name === type)?.[1].rejectedIds);
    const held = new Set<string>();
    for await (const row of eachRow(path.join(folder, file))) {
      note(row);
      if (row.record_id && !bad.has(row.record_id)) held.add(row.record_id);
    }
    records.push({ source, type, held });
  }
  const file = path.join(folder, 'households.csv');
  const accepted = new Set<string>();
  const applicants = new Map<string, string>();
  for await (const row of eachRow(file)) {
    note(row);
    const ref = row.household_ref ?? '';
    if (ref in facts.rejected) continue;
    accepted.add(ref);
    if (row.relation === 'applicant') applicants.set(ref, `${row.id_type}:${(row.id_number ?? '').replace(/^'/, '')}`);
  }
  return { folder, asOf, loads, records, households: { file, accepted, applicants }, secrets: { numbers, names } };
}

/** A command that may meet a service which is down at that moment: an operator would try again, and so does this. */
async function succeed(world: World, ...words: string[]): Promise<string> {
  let said = '';
  const out = await until(
    async () => {
      const result = await world.hedui(...words);
      said = result.err;
      if (result.status !== 2 && result.out !== '') return result.out;
      if (!/UNAVAILABLE/.test(said)) throw new Error(`hedui ${words.slice(0, 2).join(' ')}: ${said}`);
      return undefined;
    },
    60_000,
    500,
  );
  if (out === undefined) throw new Error(`hedui ${words.slice(0, 2).join(' ')} fails for a minute: ${said}`);
  return out;
}

export async function publishPolicy(world: World): Promise<void> {
  await succeed(world, 'policy', 'publish', POLICY);
}

/** Loads every file and waits until the matcher has applied it. */
export async function loadTown(world: World, town: Town): Promise<void> {
  for (const load of town.loads) await loadFile(world, town, load);
}

export async function loadFile(world: World, town: Town, load: Town['loads'][number]): Promise<void> {
  const { source, type, file, scope, asOf, mode } = load;
  await succeed(
    world,
    ...['source', 'load', source, type, path.join(town.folder, file), '--scope', scope, '--as-of', asOf],
    ...['--mode', mode, '--confirm-withdrawals', '--json'],
  );
}

/** A batch that was submitted: its id, and its end. */
export interface SubmittedBatch {
  id: string;
}

/** Submits the town's households; resolves when the batch is received, not when it is done. */
export async function submitTown(world: World, town: Town): Promise<SubmittedBatch> {
  const out = await succeed(world, 'batch', 'submit', town.households.file, '--as-of', town.asOf, '--json');
  const { id } = JSON.parse(out) as { id: string };
  return { id };
}

export interface BatchCounts {
  state: string;
  counts: { accepted: number; reports: number; withdrawn?: number; stuck?: number };
}

/** What the API says of a batch; null while the service cannot be asked. */
export async function askBatch(world: World, id: string): Promise<BatchCounts | null> {
  const answer = await world.fetch(`/v1/batches/${id}`).catch(() => null);
  return answer?.ok ? ((await answer.json()) as BatchCounts) : null;
}

/** No more of a report than is judged: all of a large batch would not fit. */
function reportOf(line: string): GivenReport {
  const given = JSON.parse(line) as GivenReport;
  const { reportNo, householdRef, programme, verificationType, region, conclusion, tier } = given;
  return {
    ...{ reportNo, householdRef, programme, verificationType, region, conclusion, tier },
    findings: given.findings.map(({ code, effect }) => ({ code, effect })),
    sources: given.sources.map(({ source, state }) => ({ source, state })),
  };
}

/** A mesh that says 503 asks for another call; so long it may say so while a world is judged. */
const BUSY_MS = 120_000;

/** What a target answers when it is not 503, which any client is told to repeat. */
export async function askPatiently(world: World, target: string): Promise<Response> {
  const answer = await until(
    async () => {
      const given = await world.fetch(target);
      if (given.status !== 503) return given;
      await given.body?.cancel();
      return undefined;
    },
    BUSY_MS,
    1_000,
  );
  if (!answer?.ok) throw new Error(`${target} is answered with ${answer?.status ?? 503}`);
  return answer;
}

/** Every report of a batch, as the API gives them. */
export async function givenReports(world: World, id: string): Promise<GivenReport[]> {
  const answer = await askPatiently(world, `/v1/batches/${id}/reports`);
  if (!answer.body) throw new Error('the reports of the batch are empty');
  const given: GivenReport[] = [];
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of answer.body) {
    const lines = (rest + decoder.decode(piece as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') given.push(reportOf(line));
  }
  if (rest !== '') given.push(reportOf(rest));
  return given;
}

export function expectedBatch(town: Town, id: string): ExpectedBatch {
  return { id, accepted: town.households.accepted, applicants: town.households.applicants };
}

/** A file that can be loaded. */
export type TownFile = Town['loads'][number];

const DAY_MS = 86_400_000;
const dayAfter = (day: string): string => new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);

/** A column of each type whose change is a change of the record and leaves it good. */
const CHANGED: Readonly<Record<string, (row: Row, random: Random) => void>> = {
  income: (row, random) => (row.gross_amount = `${random.below(20_000)}.${String(random.below(100)).padStart(2, '0')}`),
  registration: (row) => (row.status = row.status === 'A' ? 'Q' : 'A'),
  account: (row, random) => (row.balance = `${random.below(90_000)}.00`),
  role: (row, random) => (row.subscribed_capital = `${random.below(90_000)}.00`),
  death: (row) => (row.cremation_date = row.death_date ?? ''),
  marriage: (row) => (row.state = row.state === 'married' ? 'divorced' : 'married'),
  assistance: (row, random) => (row.monthly_amount = `${random.below(900)}.00`),
};

/**
 * What a department says the day after: some rows changed, some gone, as a full file. The town's other files stay as they are; the
 * returned town expects what holds when the new file has been loaded.
 */
export async function nextDay(town: Town, type: string, random: Random): Promise<{ town: Town; load: TownFile }> {
  const old = town.loads.find((load) => load.type === type);
  const before = town.records.find((one) => one.type === type);
  if (!old || !before) throw new Error(`the town has no ${type}`);
  const rows = (await rowsOf(path.join(town.folder, old.file))).filter((row) => before.held.has(row.record_id ?? ''));
  const kept = rows.filter(() => !random.chance(0.02));
  for (const row of kept) if (random.chance(0.1)) CHANGED[type]?.(row, random);
  const file = `${type}-${old.asOf}-next.csv`;
  await writeFile(path.join(town.folder, file), stringify(kept, { header: true }));
  const load = { ...old, file, asOf: dayAfter(old.asOf) };
  const held = new Set(kept.map((row) => row.record_id ?? ''));
  return {
    load,
    town: {
      ...town,
      loads: town.loads.map((one) => (one === old ? load : one)),
      records: town.records.map((one) => (one === before ? { ...one, held } : one)),
    },
  };
}
