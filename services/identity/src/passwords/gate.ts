/** Too many are waiting: the work was not begun. */
export class GateFull extends Error {
  readonly code = 'GATE_FULL';
}

/** Lets a few pieces of costly work run at once, a bounded number wait, and turns the rest away. */
export interface Gate {
  /** @throws GateFull at once when too many wait. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(atOnce: number, waiting: number): Gate {
  let running = 0;
  const queue: (() => void)[] = [];

  async function enter(): Promise<void> {
    if (running < atOnce) {
      running++;
      return;
    }
    if (queue.length >= waiting) throw new GateFull('too many logins are waiting');
    // Whoever leaves hands its place on, so `running` stays as it is.
    await new Promise<void>((resolve) => queue.push(resolve));
  }

  function leave(): void {
    const next = queue.shift();
    if (next) next();
    else running--;
  }

  return {
    async run(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
