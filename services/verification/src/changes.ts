import type { BatchId } from '@hedui/contracts';
import type { FanOut } from '@hedui/redis';

const CHANNEL = 'verification:changed';

/** What is announced, besides its id, when a batch has got its last report. */
export const endOf = (batch: BatchId): string => `${batch}:end`;

/**
 * "Look again": the ids of batches and chunks that have just changed, across every copy of the service. News may be lost
 * (Redis holds only what may vanish), so whoever waits also looks again after a while.
 */
export interface Changes {
  announce(ids: readonly string[]): void;
  /** Resolves when one of the ids' news comes, after `ms`, or when the signal is aborted. Never rejects. */
  next(id: string, ms: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export async function createChanges(fanOut: FanOut): Promise<Changes> {
  const waiting = new Map<string, Set<() => void>>();
  const tell = (ids: readonly string[]) => {
    for (const id of ids) for (const wake of [...(waiting.get(id) ?? [])]) wake();
  };
  const unsubscribe = await fanOut.subscribe(CHANNEL, (text) => tell(text.split(' ')));
  return {
    announce(ids) {
      if (ids.length === 0) return;
      // Here at once; the others, and we a second time, by way of Redis.
      tell(ids);
      void fanOut.publish(CHANNEL, ids.join(' '));
    },
    next(id, ms, signal) {
      return new Promise((resolve) => {
        const waiters = waiting.get(id) ?? new Set();
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          waiters.delete(done);
          if (waiters.size === 0) waiting.delete(id);
          resolve();
        };
        const timer = setTimeout(done, ms);
        waiting.set(id, waiters.add(done));
        signal.addEventListener('abort', done, { once: true });
        if (signal.aborted) done();
      });
    },
    close: unsubscribe,
  };
}
