import type { Logger } from '@hedui/logging';
import { inTransaction, type Pool } from '@hedui/postgres';
import { abandonedBatches, deleteReceiving } from '../db/batches.js';

/**
 * Removes batches whose receiver died: of a body that was not read to its end nothing may stay. Silence is measured by the
 * database's clock, so another copy's batches are left alone while it lives.
 */
export async function sweepAbandoned(pool: Pool, silentSeconds: number, logger: Logger): Promise<number> {
  let swept = 0;
  for (const id of await abandonedBatches(pool, silentSeconds)) {
    if (!(await inTransaction(pool, (client) => deleteReceiving(client, id, silentSeconds)))) continue;
    swept++;
    logger.info({ batchId: id }, 'a batch that was not received whole was removed');
  }
  return swept;
}

/** Sweeps now and every so often until the returned function is called. */
export function startSweeper(pool: Pool, silentSeconds: number, logger: Logger): () => Promise<void> {
  let under: Promise<unknown> = Promise.resolve();
  const sweep = () => {
    under = sweepAbandoned(pool, silentSeconds, logger).catch((error: unknown) => {
      logger.warn({ err: error }, 'sweeping failed; it is tried again');
    });
  };
  sweep();
  const timer = setInterval(sweep, (silentSeconds * 1000) / 2);
  return async () => {
    clearInterval(timer);
    await under;
  };
}
