import { createReadStream, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Client, followBatch, followLoad, ratesTable } from '@hedui/cli';
import { CONCLUSIONS } from '@hedui/contracts';
import { PartUnavailable } from '@hedui/local-parts';
import { type Home, writeWhole } from './home.js';
import type { Lines } from './lines.js';

const AS_OF = '2026-11-15';

/** A line of loads.json: which file is which source and record type, and how it is loaded. */
interface SampleLoad {
  source: string;
  type: string;
  file: string;
  scope: string;
  asOf: string;
  mode: 'full' | 'delta';
}

/** How often each value occurs, in the order of `known` and then of appearance. */
export function tally(values: Iterable<string>, known: readonly string[] = []): [string, number][] {
  const counts = new Map(known.map((name) => [name, 0]));
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts];
}

const asText = (counts: readonly [string, number][]) => counts.map(([name, count]) => `${name} ${count}`).join(', ');

async function lines(stream: Readable): Promise<string[]> {
  const found: string[] = [];
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
    if (line) found.push(line);
  return found;
}

async function loadFile(client: Client, city: string, entry: SampleLoad): Promise<string> {
  const query = { scope: entry.scope, asOf: entry.asOf, mode: entry.mode, confirmWithdrawals: true };
  const body = createReadStream(path.join(city, entry.file));
  const first = await client.createLoad(entry.source, entry.type, query, body, 'text/csv');
  const load = await followLoad(client, first, 'applied');
  if (load.state !== 'applied') {
    throw new PartUnavailable(
      'sample',
      `${entry.file} is ${load.state}: ${load.refusal?.rule ?? load.waitingFor}`,
      'Start with --reset.',
    );
  }
  return `${entry.source} ${entry.type}: ${load.counts.applied} records, ${load.counts.rejected} rejected`;
}

/**
 * Loads the sample city through the REST API as an operator would: publishes its policy, loads its seven source files, runs
 * its batch, and prints what came out. A start that finds it loaded leaves it alone.
 */
export async function runSample(client: Client, home: Home, folder: string, out: Lines): Promise<void> {
  if (existsSync(home.sampleDone)) {
    out.say(`sample     loaded before: batch ${JSON.parse(readFileSync(home.sampleDone, 'utf8')).batch}`);
    return;
  }
  const city = path.join(folder, 'city');
  await out.step('policy', async () => {
    const policy = await client.publishPolicy(
      readFileSync(path.join(folder, 'policy.yaml'), 'utf8'),
      'application/yaml',
    );
    return { told: `published ${policy.id} version ${policy.version}`, value: undefined };
  });
  await out.step('sources', async () => {
    const loads: SampleLoad[] = JSON.parse(readFileSync(path.join(city, 'loads.json'), 'utf8'));
    const told = await Promise.all(loads.map((entry) => loadFile(client, city, entry)));
    return { told: told.join('\n'), value: undefined };
  });
  const id = await out.step('batch', async () => {
    const first = await client.createBatch(
      { asOf: AS_OF },
      createReadStream(path.join(city, 'households.csv')),
      'text/csv',
    );
    const batch = await followBatch(client, first);
    const { accepted, households, rejected, reports } = batch.counts;
    const told = `${households} households: ${accepted} accepted, ${rejected} rejected, ${reports} reports`;
    return { told, value: batch.id };
  });
  await printResults(client, id, out);
  writeWhole(home.sampleDone, `${JSON.stringify({ batch: id, asOf: AS_OF })}\n`);
}

async function printResults(client: Client, batchId: string, out: Lines): Promise<void> {
  const reports = (await lines(await client.batchReports(batchId))).map(
    (line): { conclusion: string; tier: string | null } => JSON.parse(line),
  );
  out.say(
    `\nconclusions: ${asText(
      tally(
        reports.map((r) => r.conclusion),
        CONCLUSIONS,
      ),
    )}`,
  );
  out.say(`tiers:       ${asText(tally(reports.map((r) => r.tier ?? 'undecided')))}`);
  const [, ...rejects] = await lines(await client.batchRejects(batchId));
  // line,ref,column,code,rule: neither of the first four holds a comma in this city.
  out.say(`rejects:     ${asText(tally(rejects.map((line) => line.split(',')[3] ?? '')))}`);
  const rates = await client.rates({ from: '2026-01', to: '2026-12', groupBy: 'programme' });
  out.say(`\n${ratesTable(rates)}\n`);
}
