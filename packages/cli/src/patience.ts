import { setTimeout as delay } from 'node:timers/promises';

/** How long one call is tried again, and who is told of it. */
export interface Patience {
  /** Milliseconds from the first attempt to the last; 0: one attempt. */
  ms: number;
  /** One line for each further attempt; it goes to standard error. */
  say(line: string): void;
}

/** Why an attempt may be made again. */
export interface Passing {
  /** A code or a status, for the line that says so. */
  why: string;
  /** What the service asks for, in milliseconds; null when it does not say. */
  afterMs: number | null;
  /** The repeat found the first attempt still under way. */
  underWay: boolean;
}

/**
 * Well above the twenty seconds for which a service keeps the Idempotency-Key of a call whose process died, and its own return, so that
 * the repeat is taken up and not refused.
 */
const DEFAULT_SECONDS = 75;
/** For a program that has nobody to tell. */
export const QUIETLY_PATIENT: Patience = { ms: DEFAULT_SECONDS * 1000, say: () => undefined };
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const LOST =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT|UND_ERR_CLOSED)$/;

/** `HEDUI_PATIENCE_SECONDS`: how long a call is tried again (default 75, 0: not at all). */
export function patienceOf(env: Readonly<Record<string, string | undefined>>, say: Patience['say']): Patience {
  const seconds = Number(env.HEDUI_PATIENCE_SECONDS || DEFAULT_SECONDS);
  return { ms: (Number.isFinite(seconds) && seconds >= 0 ? seconds : DEFAULT_SECONDS) * 1000, say };
}

/** The code of a connection that was refused or lost; null for any other error. */
export function lostConnection(error: unknown): string | null {
  let at = error;
  for (let depth = 0; typeof at === 'object' && at !== null && depth < 4; depth++) {
    if ('code' in at && LOST.test(String(at.code))) return String(at.code);
    at = 'cause' in at ? at.cause : null;
  }
  return null;
}

/** Milliseconds that `Retry-After` asks for, given in seconds or as a date; null when it says nothing. */
export function retryAfterMs(header: string | string[] | undefined, now: number): number | null {
  if (typeof header !== 'string' || header === '') return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/**
 * Makes a call until it succeeds, fails for good, or the patience is at its end; then throws what the last attempt threw. Every attempt
 * must carry the same Idempotency-Key. `attempt` is asked for null when it cannot be made again: its body was read and cannot be read
 * anew. Only a repeat may find its first attempt under way; a first attempt that does is somebody else's.
 */
export async function patiently<T>(
  attempt: () => Promise<T> | null,
  passing: (error: unknown) => Passing | null,
  patience: Patience,
): Promise<T> {
  const until = Date.now() + patience.ms;
  let failure: unknown = new TypeError('a call without a first attempt');
  let repeats = false;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const made = attempt();
    if (made === null) throw failure;
    try {
      return await made;
    } catch (error) {
      failure = error;
    }
    const reason = passing(failure);
    const ms = reason?.afterMs ?? pause;
    if (reason === null || (reason.underWay && !repeats) || Date.now() + ms > until) throw failure;
    patience.say(`${reason.why}: tried again in ${(ms / 1000).toFixed(1)} s`);
    repeats = true;
    await delay(ms);
  }
}
