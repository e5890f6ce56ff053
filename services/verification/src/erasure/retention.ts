import { type AuditActor, recordAudit, SYSTEM } from '@hedui/audit';
import type { CorrelationId, Retention } from '@hedui/contracts';
import type { Logger } from '@hedui/logging';
import { allowLonger, inTransaction, type Pool } from '@hedui/postgres';
import { countOutlived, destroyOutlived } from '../db/erasures.js';

const DAY_MS = 86_400_000;

/** So many months before `now`, by the calendar in UTC. */
export function cutoff(months: number, now = Date.now()): Date {
  const date = new Date(now);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date;
}

/** Erases the batches and single checks that ended before the time of retention, by destroying their data keys; or counts them only. */
export async function runRetention(
  pool: Pool,
  options: { months: number; dryRun: boolean; actor?: AuditActor; correlationId?: CorrelationId },
): Promise<Retention> {
  const { months, dryRun, actor = SYSTEM, correlationId } = options;
  const before = cutoff(months);
  const told = { dryRun, months, before: before.toISOString() };
  if (dryRun) return { ...told, ...(await countOutlived(pool, before)) };
  return await inTransaction(pool, async (client) => {
    await allowLonger(client, 1800);
    const erased = await destroyOutlived(client, before);
    if (erased.batches + erased.checks > 0) {
      await recordAudit(client, {
        action: 'retention.run',
        actor,
        object: { kind: 'retention', id: before.toISOString() },
        correlationId,
        details: { months, ...erased },
      });
    }
    return { ...told, ...erased };
  });
}

/** Does it now and once a day until the returned function is called. */
export function startRetention(pool: Pool, months: number, logger: Logger): () => Promise<void> {
  let under: Promise<unknown> = Promise.resolve();
  const run = () => {
    under = runRetention(pool, { months, dryRun: false }).then(
      ({ batches, checks }) => {
        if (batches + checks > 0) logger.info({ batches, checks }, 'what was kept long enough was erased');
      },
      (error: unknown) => logger.warn({ err: error }, 'erasing what was kept long enough failed; it is tried again'),
    );
  };
  run();
  const timer = setInterval(run, DAY_MS);
  return async () => {
    clearInterval(timer);
    await under;
  };
}
