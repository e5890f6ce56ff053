import type { Batch } from '@hedui/contracts';
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
    warnings: stored.warnings,
    createdAt: stored.createdAt.toISOString(),
    finishedAt: stored.finishedAt?.toISOString() ?? null,
    correlationId: stored.correlationId,
  };
}
