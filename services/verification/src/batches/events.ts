import { setTimeout as delay } from 'node:timers/promises';
import type { CallerReach } from '../access/reach.js';
import { endOf } from '../changes.js';
import { findBatch, type StoredBatch } from '../db/batches.js';
import type { Deps } from '../deps.js';
import { batchOf } from './batch.js';

/** Between two events at least so long, so that a fast batch does not flood a slow reader. */
const QUIET_MS = 200;
/** Without news we look by ourselves: news may be lost. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Server-sent events named `batch`: the batch now, and again at each change; ends when it is done or cancelled, or when the
 * reader has gone. The reader's pace sets ours: nothing is made ahead. The end is told at once, whatever was told just before.
 */
export async function* batchEvents(
  { changes }: Pick<Deps, 'changes'>,
  first: StoredBatch,
  { read }: CallerReach,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const look = () => read((db) => findBatch(db, first.id));
  let told = '';
  for (let batch: StoredBatch | null = first; batch !== null; ) {
    const text = textOf(batch);
    if (text !== told) yield `event: batch\ndata: ${text}\n\n`;
    told = text;
    if (isOver(batch) || signal.aborted) return;
    const round = new AbortController();
    const either = AbortSignal.any([signal, round.signal]);
    try {
      const ended = changes.next(endOf(batch.id), LOOK_AGAIN_MS + QUIET_MS, either);
      const news = changes.next(batch.id, LOOK_AGAIN_MS, either);
      // Looked at after asking for news: what came while the reader was told is seen here.
      batch = await look();
      if (batch === null || isOver(batch)) continue;
      if (textOf(batch) === told) await Promise.race([news, ended]);
      await Promise.race([delay(QUIET_MS, undefined, { signal: either }).catch(() => undefined), ended]);
    } finally {
      round.abort();
    }
    if (signal.aborted) return;
    batch = await look();
  }
}

const textOf = (batch: StoredBatch): string => JSON.stringify(batchOf(batch));
const isOver = ({ state }: StoredBatch): boolean => state === 'done' || state === 'cancelled';
