import { setTimeout as delay } from 'node:timers/promises';
import type { CallerReach } from '../access/reach.js';
import { findBatch, type StoredBatch } from '../db/batches.js';
import type { Deps } from '../deps.js';
import { batchOf } from './batch.js';

/** Between two events at least so long, so that a fast batch does not flood a slow reader. */
const QUIET_MS = 200;
/** Without news we look by ourselves: news may be lost. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Server-sent events named `batch`: the batch now, and again at each change; ends when it is done or cancelled, or when the
 * reader has gone. The reader's pace sets ours: nothing is made ahead.
 */
export async function* batchEvents(
  { changes }: Pick<Deps, 'changes'>,
  first: StoredBatch,
  { read }: CallerReach,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let told = '';
  for (let batch: StoredBatch | null = first; batch !== null; batch = await read((db) => findBatch(db, first.id))) {
    const text = JSON.stringify(batchOf(batch));
    if (text !== told) yield `event: batch\ndata: ${text}\n\n`;
    told = text;
    if (batch.state === 'done' || batch.state === 'cancelled' || signal.aborted) return;
    await changes.next(batch.id, LOOK_AGAIN_MS, signal);
    await delay(QUIET_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}
