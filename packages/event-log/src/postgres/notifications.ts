import type { Logger } from '@hedui/logging';
import type { Pool } from '@hedui/postgres';
import { pause, pauseAfter } from '../reading/pauses.js';

export interface Notifications {
  /** Calls `listener` at every notification, and with null after a connection was (re)made: some may have been missed. Returns how to end it. */
  add(listener: (payload: string | null) => void): () => void;
  close(): Promise<void>;
}

const PULSE_MS = 20_000;

/** LISTEN on a connection of its own, made again when it is lost. Begins with the first listener. */
export function listen(pool: Pool, channel: string, logger: Logger): Notifications {
  const listeners = new Set<(payload: string | null) => void>();
  const closing = new AbortController();
  let live: Promise<void> | null = null;
  const tell = (payload: string | null) => {
    for (const listener of listeners) listener(payload);
  };

  async function once(): Promise<void> {
    const client = await pool.connect();
    let pulse: NodeJS.Timeout | undefined;
    try {
      const lost = new Promise<Error | null>((resolve) => {
        client.on('error', resolve);
        client.on('end', () => resolve(new Error('the connection ended')));
        closing.signal.addEventListener('abort', () => resolve(null), { once: true });
        // A line that went dead tells nothing: ask now and then.
        pulse = setInterval(() => void client.query('SELECT 1').catch(resolve), PULSE_MS);
      });
      client.on('notification', (message) => tell(message.payload ?? ''));
      await client.query(`LISTEN ${channel}`);
      tell(null);
      const error = await lost;
      if (error) throw error;
    } finally {
      clearInterval(pulse);
      // Destroyed: a connection that listens must not go back to the pool.
      client.release(true);
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; ) {
      const since = performance.now();
      try {
        await once();
      } catch (error) {
        failures = performance.now() - since > 10_000 ? 1 : failures + 1;
        logger.debug({ err: error }, 'listening to the log was interrupted; polling meanwhile');
        await pause(Math.min(pauseAfter(failures), 5_000), closing.signal);
      }
    }
  }

  return {
    add(listener) {
      listeners.add(listener);
      live ??= run();
      return () => listeners.delete(listener);
    },
    async close() {
      closing.abort();
      await live;
    },
  };
}
