import { setTimeout as pause } from 'node:timers/promises';

/** Calls `attempt` until it gives something other than undefined; undefined when `withinMs` have passed. */
export async function until<T>(attempt: () => Promise<T | undefined>, withinMs: number, everyMs = 50) {
  const end = Date.now() + withinMs;
  for (;;) {
    const result = await attempt();
    if (result !== undefined) return result;
    if (Date.now() >= end) return undefined;
    await pause(everyMs);
  }
}
