import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { followLoad, processConsole, startProgress } from '@hedui/cli';
import type { Load } from '@hedui/contracts';
import type { City } from '../city.js';
import type { Figures } from '../figures.js';
import type { Installation } from '../hedui/installation.js';
import { watched } from '../hedui/processes.js';

/** As many as COPY has sessions. */
const SENDERS = 2;

/**
 * Sends all files of a city, two at a time as the comparator does, the largest first, and waits until the matcher has applied the last.
 * Returns the seconds from first POST.
 */
async function loadAll(mesh: Installation, city: City, folder: string, label: string): Promise<number> {
  const since = performance.now();
  const seen = new Map<string, number>();
  const progress = startProgress(processConsole, label);
  const loads: Load[] = [];
  const told = (load: Load): void => {
    seen.set(load.id, load.state === 'applied' ? load.counts.read : Math.floor(load.counts.read / 2));
    progress.update(
      [...seen.values()].reduce((sum, rows) => sum + rows, 0),
      city.records,
    );
  };
  const waiting = await largestFirst(city, folder);
  const send = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { source, type, file, scope, asOf, mode } = next;
      const body = createReadStream(path.join(folder, file), { highWaterMark: 1 << 18 });
      loads.push(await mesh.client.createLoad(source, type, { scope, asOf, mode }, body, 'text/csv'));
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  const done = await Promise.all(loads.map((load) => followLoad(mesh.client, load, 'applied', told)));
  progress.end();
  for (const load of done) {
    if (load.state !== 'applied' || load.counts.rejected > 0)
      throw new Error(`the load of ${load.recordType} is ${load.state}, ${load.counts.rejected} rows rejected`);
  }
  return (performance.now() - since) / 1000;
}

async function largestFirst(city: City, folder: string): Promise<City['loads']> {
  const sized = await Promise.all(
    city.loads.map(async (load) => ({ load, bytes: (await stat(path.join(folder, load.file))).size })),
  );
  return sized.sort((a, b) => b.bytes - a.bytes).map(({ load }) => load);
}

/** The first load of a city: file → source → log → profile. */
export async function measureIngest(mesh: Installation, city: City): Promise<NonNullable<Figures['ingest']>> {
  const { seconds, ...usage } = await watchedLoad(mesh, city, city.folder, 'ingest');
  return { seconds, recordsPerSecond: city.records / seconds, ...usage };
}

async function watchedLoad(mesh: Installation, city: City, folder: string, label: string) {
  const { result, cpuSeconds, ...usage } = await watched(mesh.home, () => loadAll(mesh, city, folder, label));
  return { seconds: result, cpuMicrosPerRecord: (cpuSeconds * 1e6) / city.records, ...usage };
}

/** The same files once more with one row in a thousand changed, in the files that hold most rows. */
export async function measureReload(
  mesh: Installation,
  city: City,
  scratch: string,
): Promise<NonNullable<Figures['reload']>> {
  let changed = 0;
  for (const { type, file } of city.loads) {
    const column = { income: 'gross_amount', account: 'balance' }[type] ?? null;
    changed += await rewrite(path.join(city.folder, file), path.join(scratch, file), column);
  }
  const { seconds, ...usage } = await watchedLoad(mesh, city, scratch, 'second load');
  return { seconds, changed, ...usage };
}

/** Copies a file; in every thousandth row the amount of `column` becomes another. Returns the rows changed. */
async function rewrite(from: string, to: string, column: string | null): Promise<number> {
  const target = createWriteStream(to);
  let at = -1;
  let row = 0;
  let changed = 0;
  let block = '';
  for await (const line of createInterface({ input: createReadStream(from), crlfDelay: Number.POSITIVE_INFINITY })) {
    let text = line;
    if (row === 0) at = column === null ? -1 : line.split(',').indexOf(column);
    else if (at >= 0 && row % 1000 === 0 && !line.includes('"')) {
      const cells = line.split(',');
      cells[at] = (Number(cells[at]) + 1).toFixed(2);
      text = cells.join(',');
      changed++;
    }
    row++;
    block += `${text}\n`;
    if (block.length > 1 << 18) {
      if (!target.write(block)) await once(target, 'drain');
      block = '';
    }
  }
  target.end(block);
  await finished(target);
  return changed;
}
