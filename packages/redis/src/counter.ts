import type { Logger } from '@hedui/logging';
import { connectionTo, reportOnce } from './fan-out.js';

/** Counts within windows of time, for rate limits. What is counted may vanish; nothing here ever throws at a caller. */
export interface Counter {
  /** Adds one to `key`, whose window of `windowMs` begins with its first count. `leftMs`: until the window ends. */
  add(key: string, windowMs: number): Promise<{ count: number; leftMs: number }>;
  close(): Promise<void>;
}

/** A process that meets more keys than this forgets those whose window has ended, then the oldest. */
const MOST_KEYS = 10_000;

function createInProcess(now: () => number): Counter {
  const windows = new Map<string, { count: number; ends: number }>();
  function makeRoom(at: number): void {
    if (windows.size < MOST_KEYS) return;
    for (const [key, { ends }] of windows) if (ends <= at) windows.delete(key);
    const [oldest] = windows.keys();
    if (windows.size >= MOST_KEYS && oldest !== undefined) windows.delete(oldest);
  }
  return {
    async add(key, windowMs) {
      const at = now();
      const known = windows.get(key);
      if (known && known.ends > at) {
        known.count++;
        return { count: known.count, leftMs: known.ends - at };
      }
      windows.delete(key);
      makeRoom(at);
      windows.set(key, { count: 1, ends: at + windowMs });
      return { count: 1, leftMs: windowMs };
    },
    close: async () => windows.clear(),
  };
}

const ADD = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
local left = redis.call('PTTL', KEYS[1])
if left < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]); left = tonumber(ARGV[1]) end
return {count, left}`;

function isPair(value: unknown): value is [number, number] {
  return Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'number';
}

/** Counts in Redis when `url` is given, so that all copies of a service count together; else, and while Redis is away, here. */
export function createCounter(url: string | undefined, options: { logger: Logger; now?: () => number }): Counter {
  const local = createInProcess(options.now ?? Date.now);
  if (url === undefined) return local;
  const redis = connectionTo(url);
  reportOnce(redis, options.logger, 'Redis is away: each process counts for itself');
  redis.connect().catch(() => undefined);
  return {
    async add(key, windowMs) {
      if (redis.status !== 'ready') return local.add(key, windowMs);
      try {
        const answer: unknown = await redis.eval(ADD, 1, `hedui:count:${key}`, windowMs);
        if (isPair(answer)) return { count: answer[0], leftMs: answer[1] };
      } catch {
        // Reported once by the connection itself.
      }
      return local.add(key, windowMs);
    },
    async close() {
      redis.disconnect();
      await local.close();
    },
  };
}
