import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { followBatch, processConsole, startProgress } from '@hedui/cli';
import { type Batch, RECEIVED_SHARE } from '@hedui/contracts';
import { AS_OF, type City } from '../city.js';
import { readStretch, type Stretch } from '../comparators/files.js';
import { type BatchFigures, median, type ProcessFigures, rounded } from '../figures.js';
import type { Installation } from '../hedui/installation.js';
import { watched } from '../hedui/processes.js';

interface Submitted {
  batch: Batch;
  seconds: number;
  receiveSeconds: number;
  progressAtHalfTime: number;
}

/** One batch from its POST to its last report. */
export interface BatchRun extends Submitted, ProcessFigures {
  cpuMicrosPerHousehold: number;
}

/** Submits households and waits until every report can be read. `bytes` of the body are for the progress while it is sent; null: not known. */
export async function runBatch(
  mesh: Installation,
  body: Readable,
  bytes: number | null,
  label: string,
): Promise<BatchRun> {
  const { result, cpuSeconds, ...usage } = await watched(mesh.home, () => submit(mesh, body, bytes, label));
  return { ...result, cpuMicrosPerHousehold: (cpuSeconds * 1e6) / result.batch.counts.accepted, ...usage };
}

async function submit(mesh: Installation, body: Readable, bytes: number | null, label: string): Promise<Submitted> {
  const progress = startProgress(processConsole, label);
  const told: { at: number; share: number }[] = [];
  const since = performance.now();
  const tell = (share: number) => {
    told.push({ at: (performance.now() - since) / 1000, share });
    progress.update(Math.floor(share * 100), 100);
  };
  const counted = bytes === null ? body : countedBytes(body, (sent) => tell((RECEIVED_SHARE * sent) / bytes));
  const first = await mesh.client.createBatch({ asOf: AS_OF }, counted, 'text/csv');
  const receiveSeconds = (performance.now() - since) / 1000;
  tell(first.progress ?? 0);
  const batch = await followBatch(mesh.client, first, ({ progress: share }) => tell(share ?? 0));
  const seconds = (performance.now() - since) / 1000;
  progress.end();
  const { accepted, reports, rejected } = batch.counts;
  if (batch.state !== 'done' || reports !== accepted || rejected > 0)
    throw new Error(`the batch is ${batch.state}: ${reports} reports of ${accepted} accepted, ${rejected} rejected`);
  return {
    batch,
    seconds,
    receiveSeconds,
    progressAtHalfTime: rounded(told.filter(({ at }) => at <= seconds / 2).at(-1)?.share ?? 0),
  };
}

function countedBytes(body: Readable, onBytes: (sent: number) => void): Readable {
  let sent = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, next) {
      sent += piece.length;
      onBytes(sent);
      next(null, piece);
    },
  });
  body.once('error', (error) => counted.destroy(error));
  return body.pipe(counted);
}

/** The whole household file, `repeat` times; the reports of the last go to `reportsFile`. */
export async function measureBatch(
  mesh: Installation,
  city: City,
  repeat: number,
  reportsFile: string,
): Promise<BatchFigures> {
  const runs: BatchRun[] = [];
  const { size } = await stat(city.householdFile);
  for (let run = 0; run < repeat; run++) {
    const body = createReadStream(city.householdFile, { highWaterMark: 1 << 18 });
    runs.push(await runBatch(mesh, body, size, repeat > 1 ? `batch ${run + 1} of ${repeat}` : 'batch'));
  }
  const last = runs.at(-1);
  if (last === undefined) throw new RangeError('a batch is run at least once');
  const since = performance.now();
  await pipeline(await mesh.client.batchReports(last.batch.id), createWriteStream(reportsFile));
  const exportSeconds = (performance.now() - since) / 1000;
  const seconds = median(runs.map((run) => run.seconds));
  return {
    seconds,
    runs: runs.map((run) => rounded(run.seconds)),
    householdsPerSecond: city.households / seconds,
    receiveSeconds: last.receiveSeconds,
    exportSeconds,
    cpuMicrosPerHousehold: median(runs.map((run) => run.cpuMicrosPerHousehold)),
    cpu: last.cpu,
    memoryMb: last.memoryMb,
    progressAtHalfTime: last.progressAtHalfTime,
  };
}

/** The header and the first `households` of a file as a stream. */
export async function firstHouseholds(file: string, households: number): Promise<Readable> {
  const [header, rows] = await prefixOf(file, households);
  async function* parts(): AsyncGenerator<Buffer> {
    for (const stretch of [header, rows]) for await (const piece of readStretch(stretch)) yield Buffer.from(piece);
  }
  return Readable.from(parts());
}

async function prefixOf(file: string, households: number): Promise<[header: Stretch, rows: Stretch]> {
  let at = 0;
  let rowsFrom = -1;
  let seen = 0;
  let ref = '';
  let rest = '';
  for await (const piece of createReadStream(file, { encoding: 'latin1', highWaterMark: 1 << 20 })) {
    const text = rest + String(piece);
    let from = 0;
    for (let end = text.indexOf('\n', from); end >= 0; end = text.indexOf('\n', from)) {
      if (rowsFrom < 0) rowsFrom = end + 1;
      else {
        const next = text.slice(from, text.indexOf(',', from));
        if (next !== ref && ++seen > households) return stretches(file, rowsFrom, at + from);
        ref = next;
      }
      from = end + 1;
    }
    at += from;
    rest = text.slice(from);
  }
  return stretches(file, rowsFrom, at);
}

const stretches = (file: string, rowsFrom: number, end: number): [Stretch, Stretch] => [
  { file, from: 0, end: rowsFrom },
  { file, from: rowsFrom, end },
];
