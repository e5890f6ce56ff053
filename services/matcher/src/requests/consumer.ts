import { type EventLog, type LogConsumer, readPositions, resetPosition } from '@hedui/event-log';
import { inTransaction } from '@hedui/postgres';
import { type ChunkWork, processChunks } from './process-chunks.js';

/**
 * Consumes a topic of request chunks. The handler commits by itself, chunk by chunk: it waits and reads outside the
 * transaction that moves the position.
 */
export async function consumeChunks(log: EventLog, topic: string, work: ChunkWork): Promise<LogConsumer> {
  const { pool, group, logger } = work;
  return await log.consume({
    group,
    topics: [topic],
    positions: () => readPositions(pool, group),
    handler: (batch, context) => processChunks(work, batch, context),
    async onReset({ stored, reason }) {
      const now = (await log.offsets(stored.topic)).find(({ partition }) => partition === stored.partition);
      if (now === undefined) return;
      await inTransaction(pool, (client) => resetPosition(client, group, stored, now));
      logger.error({ topic, partition: stored.partition, reason }, 'request chunks are read again from their start');
    },
  });
}
