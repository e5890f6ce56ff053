import type { StoredBatch } from '../db/batches.js';
import { chunkNumbers } from '../db/chunks.js';
import { readReportParts } from '../db/reports.js';
import type { Deps } from '../deps.js';
import { openChunk, reportsOf } from './report.js';

/**
 * The reports that a batch has now, one JSON object a line, in the order of the file. A chunk is opened when the reader is
 * ready for it, so memory holds one chunk however large the batch and however slow the reader.
 */
export async function* batchReports(
  { pool, ring }: Pick<Deps, 'pool' | 'ring'>,
  batch: StoredBatch,
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (batch.state === 'receiving') return;
  for (const no of await chunkNumbers(pool, batch.id, 'reported')) {
    if (signal.aborted) return;
    const parts = await readReportParts(pool, no);
    const chunk = parts && openChunk(parts, ring);
    if (chunk) for (const report of reportsOf(chunk)) yield `${JSON.stringify(report)}\n`;
  }
}
