/** Resolves after `ms`, or at once when the signal is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** Resolves when what was handed to `keep` is called (`keep` gets null then), or when the signal is aborted. */
export function wakened(signal: AbortSignal, keep: (wake: (() => void) | null) => void): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end);
      keep(null);
      resolve();
    };
    if (signal.aborted) return end();
    keep(end);
    signal.addEventListener('abort', end, { once: true });
  });
}

const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/** The pause after the nth failure in a row (from 1): doubles up to ten seconds, with a spread so that members do not beat in time. */
export function pauseAfter(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10)) * (0.75 + Math.random() * 0.5);
}
