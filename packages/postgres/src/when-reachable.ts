import { setTimeout as pause } from 'node:timers/promises';
import { heduiError } from '@hedui/errors';
import type { Logger } from '@hedui/logging';
import type { Pool } from './pool.js';

const LONGEST_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Repeats a step of starting that failed because the log or the database is not quite there (a topic that was made a moment
 * ago has no leader yet), for a minute; any other failure is thrown at once.
 */
export async function whenReachable<T>(step: () => Promise<T>, logger: Logger): Promise<T> {
  const end = Date.now() + LONGEST_MS;
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (heduiError(error)?.retriable !== true || Date.now() >= end) throw error;
      logger.warn({ err: error }, 'not to be reached yet; once more');
      await pause(PAUSE_MS);
    }
  }
}

/** True when the database answers just now; for /ready. */
export async function databaseAnswers(pool: Pool): Promise<boolean> {
  return await pool.query('SELECT 1').then(
    () => true,
    () => false,
  );
}
