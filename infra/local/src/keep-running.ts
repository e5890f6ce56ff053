import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '@hedui/local-parts';

/** Something that runs: a service's process, or a part. */
export interface Running {
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

/** Something that is started again whenever it ends by itself. */
export interface Kept {
  readonly name: string;
  /** How often it has ended by itself. */
  deaths(): number;
  /** Ends it for good. */
  stop(): Promise<void>;
}

export interface KeepOptions {
  name: string;
  /** Starts it; resolves when it runs. */
  start(): Promise<Running>;
  /** Tells the operator. */
  say(text: string): void;
  /** Milliseconds before the first restart; doubles up to `maxWait` while it keeps dying. */
  firstWait?: number;
  maxWait?: number;
  /** After living this many milliseconds a death counts as the first again. */
  settledAfter?: number;
}

/** ` (exit 0)` or ` (SIGKILL)` of a process; nothing of what does not say. */
function endOf(exited: unknown): string {
  if (typeof exited !== 'object' || exited === null) return '';
  if ('signal' in exited && typeof exited.signal === 'string') return ` (${exited.signal})`;
  return 'code' in exited && typeof exited.code === 'number' ? ` (exit ${exited.code})` : '';
}

/**
 * Starts something and keeps it running: when it ends by itself it is started again, at once at first and then at growing
 * intervals, and the operator is told each time.
 * @throws what the first start throws; later failures are said and tried again.
 */
export async function keepRunning(options: KeepOptions): Promise<Kept> {
  const { name, say, start, firstWait = 250, maxWait = 30_000, settledAfter = 60_000 } = options;
  const stopping = new AbortController();
  let deaths = 0;
  let running: Running | null = await start();

  async function watch(first: Running): Promise<void> {
    let wait = firstWait;
    for (let current: Running | null = first; !stopping.signal.aborted; ) {
      if (current) {
        const since = Date.now();
        const end = endOf(await current.exited);
        running = null;
        if (stopping.signal.aborted) return;
        deaths++;
        if (Date.now() - since > settledAfter) wait = firstWait;
        say(`${name} has ended by itself${end}; starting it again`);
      }
      await pause(wait, null, { signal: stopping.signal }).catch(() => null);
      wait = Math.min(wait * 2, maxWait);
      if (stopping.signal.aborted) return;
      current = await start().catch((error: unknown) => {
        say(`${name} cannot be started: ${messageOf(error)}; trying again`);
        return null;
      });
      running = current;
    }
  }
  const watching = watch(running);

  return {
    name,
    deaths: () => deaths,
    async stop() {
      stopping.abort();
      await running?.stop();
      await watching;
      // A start that was under way when the stop came.
      await running?.stop();
    },
  };
}
