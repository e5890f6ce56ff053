import { type Batch, RECEIVED_SHARE } from '@hedui/contracts';
import type { StoredBatch } from '../db/batches.js';

/** The batch as callers see it. */
export function batchOf(stored: StoredBatch): Batch {
  const { withdrawn, stuck, dropped, ...counts } = stored.counts;
  return {
    id: stored.id,
    asOf: stored.asOf,
    policy: stored.policy,
    state: stored.state,
    counts: {
      ...counts,
      ...(withdrawn > 0 ? { withdrawn } : {}),
      ...(stuck > 0 && stored.state === 'running' ? { stuck } : {}),
      ...(dropped > 0 ? { dropped } : {}),
    },
    progress: progressOf(stored),
    warnings: stored.warnings,
    createdAt: stored.createdAt.toISOString(),
    finishedAt: stored.finishedAt?.toISOString() ?? null,
    correlationId: stored.correlationId,
  };
}

/**
 * How much of the work is done. Receiving (parsing, checking, pseudonyms, storing) is a part of it like matching and storing reports; households
 * whose authorisation ended and those that were given up need no more work. Never falls, and in thousandths, so that it is not told more often
 * than it matters.
 */
export function progressOf({ state, counts }: Pick<StoredBatch, 'state' | 'counts'>): number {
  if (state === 'done') return 1;
  if (state === 'receiving') return 0;
  const { accepted, reports, withdrawn, dropped } = counts;
  const settled = accepted === 0 ? 1 : Math.min(1, (reports + withdrawn + dropped) / accepted);
  return Math.floor((RECEIVED_SHARE + (1 - RECEIVED_SHARE) * settled) * 1000) / 1000;
}
