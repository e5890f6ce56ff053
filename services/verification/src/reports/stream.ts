import { isReachable } from '@hedui/contracts';
import type { CallerReach } from '../access/reach.js';
import type { StoredBatch } from '../db/batches.js';
import { chunkNumbers, visiblePlaces } from '../db/chunks.js';
import { readReportParts } from '../db/reports.js';
import type { Deps } from '../deps.js';
import { openChunk, reportsOf } from './report.js';

/** Characters handed over at once: a line by itself costs as much to pass on as to make. */
const TEXT_AT_ONCE = 65_536;

/**
 * The reports that a batch has now and that the caller may see, one JSON object a line, in the order of the file. A chunk is opened when the reader is
 * ready for it, so memory holds one chunk however large the batch and however slow the reader.
 */
export async function* batchReports(
  { ring, pseudonyms }: Pick<Deps, 'ring' | 'pseudonyms'>,
  batch: StoredBatch,
  { reachable, read }: CallerReach,
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (batch.state === 'receiving') return;
  for (const no of await read((db) => chunkNumbers(db, batch.id, 'reported'))) {
    if (signal.aborted) return;
    const { parts, places } = await read(async (db) => ({
      parts: await readReportParts(db, no),
      places: await visiblePlaces(db, no),
    }));
    const chunk = parts && openChunk(parts, ring, pseudonyms);
    if (!chunk) continue;
    const { owner } = parts;
    const visible = new Set(places.filter((h) => isReachable({ ...h, owner }, reachable)).map(({ place }) => place));
    let lines = '';
    for (const report of reportsOf(chunk, visible)) {
      lines += `${JSON.stringify(report)}\n`;
      if (lines.length < TEXT_AT_ONCE) continue;
      yield lines;
      lines = '';
      if (signal.aborted) return;
    }
    if (lines !== '') yield lines;
  }
}
