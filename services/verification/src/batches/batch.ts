import type { Batch } from '@hedui/contracts';
import type { StoredBatch } from '../db/batches.js';

/** The batch as callers see it. */
export function batchOf(stored: StoredBatch): Batch {
  const { withdrawn, ...counts } = stored.counts;
  return {
    id: stored.id,
    asOf: stored.asOf,
    policy: stored.policy,
    state: stored.state,
    counts: withdrawn > 0 ? { ...counts, withdrawn } : counts,
    warnings: stored.warnings,
    createdAt: stored.createdAt.toISOString(),
    finishedAt: stored.finishedAt?.toISOString() ?? null,
    correlationId: stored.correlationId,
  };
}
