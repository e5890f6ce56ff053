import type { KeySource } from '@hedui/privacy';
import { type LeadParts, leadStep } from './lead.js';
import { resealStep } from './reseal.js';

/** Between two looks at the key files, in milliseconds. */
const LOOK_MS = 1_000;

export interface KeyWork {
  /** There may be something to do. */
  wake(): void;
  /** Ends after the step under way. */
  close(): Promise<void>;
}

/** Leads rotations of the pseudonym key and seals anew under a new key of the ring, step by step, until it is closed. */
export function startKeyWork(parts: LeadParts & { ringFile: KeySource; published(): void }): KeyWork {
  let closing = false;
  let woken = false;
  let endPause: () => void = () => undefined;

  async function step(): Promise<boolean> {
    try {
      const led = await leadStep(parts);
      const sealed = await resealStep(parts);
      parts.published();
      return led || sealed;
    } catch (error) {
      parts.logger.error({ err: error }, 'rotating keys failed; it is tried again');
      return false;
    }
  }

  async function run(): Promise<void> {
    while (!closing) {
      woken = false;
      if ((await step()) || woken || closing) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        endPause = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const running = run();
  return {
    wake() {
      woken = true;
      endPause();
    },
    async close() {
      closing = true;
      endPause();
      await running;
    },
  };
}
