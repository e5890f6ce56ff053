import { actorOf, recordAudit } from '@hedui/audit';
import type { BatchId, Caller, CorrelationId } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { inTransaction } from '@hedui/postgres';
import { cancelBatch, lockBatch, type StoredBatch } from '../db/batches.js';
import type { Deps } from '../deps.js';

/**
 * Stops what has not been sent; reports of chunks that were sent are still taken. A cancelled batch stays as it is. Throws
 * HeduiError NOT_FOUND, and STATE_CONFLICT for a batch that is done or still being received.
 */
export async function cancel(
  { pool, changes }: Pick<Deps, 'pool' | 'changes'>,
  id: BatchId,
  { caller, correlationId }: { caller: Caller; correlationId: CorrelationId },
): Promise<StoredBatch> {
  const batch = await inTransaction(pool, async (client) => {
    const known = await lockBatch(client, id);
    if (known === null) throw new HeduiError('NOT_FOUND');
    if (known.state === 'cancelled') return known;
    const cancelled = known.state === 'running' ? await cancelBatch(client, known.id) : null;
    if (cancelled === null) throw new HeduiError('STATE_CONFLICT', { detail: `the batch is ${known.state}` });
    await recordAudit(client, {
      action: 'batch.cancel',
      actor: actorOf(caller),
      object: { kind: 'batch', id },
      correlationId,
    });
    return cancelled;
  });
  changes.announce([batch.id]);
  return batch;
}
