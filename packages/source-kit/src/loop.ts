import { describeError } from '@hedui/errors';
import type { Logger } from '@hedui/logging';
import { count } from '@hedui/telemetry';

export interface LoopOptions {
  name: string;
  logger: Logger;
  /** Does one thing; true: there may be more to do at once. */
  step(signal: AbortSignal): Promise<boolean>;
  /** Milliseconds between two looks when nobody wakes it. */
  idleMs: number;
}

export interface Loop {
  /** There is something to do. */
  wake(): void;
  /** Ends after the step under way. */
  stop(): Promise<void>;
}

const LONGEST_PAUSE_MS = 15_000;

/**
 * Repeats a step until it is stopped:
 *
 *   step ──true──▶ step     step ──false──▶ rest until woken or `idleMs` ──▶ step     step ──fails──▶ growing pause ──▶ step
 *
 * It never gives up: what it works on is in the database, and a failure there ends some time.
 */
export function startLoop(options: LoopOptions): Loop {
  const stopping = new AbortController();
  const { signal } = stopping;
  let woken = false;
  let endRest: (() => void) | null = null;

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(end, ms);
      function end() {
        clearTimeout(timer);
        endRest = null;
        resolve();
      }
      endRest = end;
    });
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      woken = false;
      try {
        const more = await options.step(signal);
        failures = 0;
        if (more || woken || signal.aborted) continue;
        await rest(options.idleMs);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        count('retries', 1, { what: 'step' });
        options.logger.error({ err: error, failures }, `${options.name} failed: ${describeError(error)}`);
        await rest(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** Math.min(failures, 8)));
      }
    }
  }

  const done = run();
  return {
    wake() {
      woken = true;
      endRest?.();
    },
    async stop() {
      stopping.abort();
      endRest?.();
      await done;
    },
  };
}
