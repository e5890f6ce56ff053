import { setTimeout as pause } from 'node:timers/promises';

export interface EventuallyOptions {
  /** Milliseconds until it gives up; default 10,000. */
  within?: number;
  /** Milliseconds between two checks; default 25. */
  every?: number;
  /** What is waited for; stands in the failure. */
  what?: string;
}

/**
 * Waits until `check` returns something truthy and returns that; a check that throws counts as not yet. The one place where
 * tests wait for time to pass.
 * @throws after `within`, with what the last check said.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<NonNullable<T>> {
  const { within = 10_000, every = 25, what = check.toString() } = options;
  const end = Date.now() + within;
  for (;;) {
    let last: unknown;
    try {
      const result = await check();
      if (result) return result;
      last = result;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) {
      const said = last instanceof Error ? last.message : String(last);
      throw new Error(`not within ${within} ms: ${what}; at last: ${said}`, { cause: last });
    }
    await pause(every);
  }
}
