import { randomUUID } from 'node:crypto';
import { PERSON_MESSAGE_KEY_BYTES, recordTopic } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import type { Pool } from '@hedui/postgres';
import { endReconciling, mayReconcile, takeBackUnknown } from '../db/restored.js';

export interface ReconcileParts {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  service: string;
  source: string;
  type: string;
  typeId: number;
  /** True while persons stand here under the keys under which they travel: only then can be told who is not here. */
  comparable(): Promise<boolean>;
}

/**
 * After a restore: reads the record topic from its start to its end and takes back from it whoever is not here. Does nothing when there is nothing
 * to do, when the copy knows nothing of a scope that was lost, or after the pseudonym key was rotated (then whoever is not here keeps the slices that
 * the topic has until a load touches them). True when persons were noted to be sent.
 */
export async function reconcileTopic(parts: ReconcileParts, signal: AbortSignal): Promise<boolean> {
  const { pool, log, logger, service, source, type, typeId } = parts;
  if (!(await mayReconcile(pool, typeId)) || !(await parts.comparable())) return false;
  const topic = recordTopic(source, type).name;
  const ends = new Map(
    (await log.offsets(topic)).filter(({ start, end }) => end > start).map(({ partition, end }) => [partition, end]),
  );
  let taken = 0;
  let done: () => void = () => undefined;
  const whole = new Promise<void>((resolve) => {
    done = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  if (ends.size === 0) done();
  const consumer = await log.consume({
    // Of this pass alone: another process at the same work has to read every partition too.
    group: `${service}.reconcile.${type}.${randomUUID()}`,
    topics: [topic],
    positions: async () => [],
    async handler({ partition, next, messages }) {
      const end = ends.get(partition);
      if (end === undefined) return;
      const keys = messages.map(({ key }) => key).filter((key) => key.length === PERSON_MESSAGE_KEY_BYTES);
      if (keys.length > 0) taken += await takeBackUnknown(pool, typeId, keys);
      if (next >= end) ends.delete(partition);
      if (ends.size === 0) done();
    },
  });
  await whole;
  await consumer.close();
  if (signal.aborted) return false;
  await endReconciling(pool, typeId, taken > 0);
  logger.warn({ recordType: type, taken }, 'records were reconciled with their topic after a restore');
  return taken > 0;
}
