import type { Pool } from '@hedui/postgres';
import { type ConsumeOptions, GATHER_BYTES, type LogMessage } from '../port.js';
import { Misplaced, type PartitionSource } from '../reading/partition-reader.js';
import { pause, wakened } from '../reading/pauses.js';
import type { LeasedPartition } from './leases.js';
import { readMessages } from './messages.js';

/** What is known of a partition that is read. */
export interface Watched {
  /** The offset that its next message will get, as far as has been seen. */
  end: bigint;
  /** Called when `end` has moved. */
  wake: (() => void) | null;
  /** On the clock of `performance`: what comes before then is gathered. */
  restUntil: number;
}

const DEFAULT_BATCH_BYTES = 4 * 1024 * 1024;

/** Reads a leased partition from the table of messages; `watched` is undefined when the lease is gone. */
export function tableSource(
  pool: Pool,
  { topicId, partition }: LeasedPartition,
  watched: () => Watched | undefined,
  { maxBytes = DEFAULT_BATCH_BYTES, gatherMs = 0 }: Pick<ConsumeOptions, 'maxBytes' | 'gatherMs'>,
): PartitionSource {
  return {
    async next(offset, signal) {
      for (;;) {
        signal.throwIfAborted();
        const entry = watched();
        if (!entry) throw new Misplaced('the lease is gone');
        const restMs = entry.restUntil - performance.now();
        if (entry.end <= offset) {
          await wakened(signal, (wake) => {
            entry.wake = wake;
          });
        } else if (restMs > 0) {
          await pause(restMs, signal);
        } else {
          const messages = await readMessages(pool, topicId, partition, offset, maxBytes);
          const last = messages.at(-1);
          if (!last) throw new Misplaced('what was to be read is gone');
          if (gatherMs > 0 && sizeOf(messages) < GATHER_BYTES) entry.restUntil = performance.now() + gatherMs;
          return { messages, next: last.offset + 1n };
        }
      }
    },
  };
}

const sizeOf = (messages: readonly LogMessage[]): number =>
  messages.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
