import type { Pool } from '@hedui/postgres';
import { collect } from '@hedui/telemetry';
import { groupPlaces, messagesAhead } from './lag.js';
import type { EventLog } from './port.js';

/** Tells how far the groups whose positions stand in this database are behind, until the returned function is called. */
export function watchLag(pool: Pool, log: Pick<EventLog, 'offsets'>): () => void {
  return collect({
    name: 'lag',
    async read(say) {
      const { places } = await groupPlaces(pool, log);
      for (const { group, topic, partition, generation, next, now } of places) {
        const stored = now.generation === generation ? next : 0n;
        say('lag', messagesAhead(stored, now), { group, topic, partition: String(partition) });
      }
    },
  });
}

/** Counting a longer queue costs more than its length tells. */
const MOST = 100_000;

/** Tells how many messages wait in the outbox of this database and how long the oldest has, until the returned function is called. */
export function watchOutbox(pool: Pool, outbox: string): () => void {
  return collect({
    name: 'outbox',
    async read(say) {
      const { rows } = await pool.query<{ waiting: string; seconds: string | null }>(
        `SELECT (SELECT count(*) FROM (SELECT FROM outbox_message LIMIT ${MOST}) AS of_them) AS waiting,
           (SELECT extract(epoch FROM now() - created_at) FROM outbox_message ORDER BY id LIMIT 1) AS seconds`,
      );
      say('outboxMessages', Number(rows[0]?.waiting ?? 0), { outbox });
      say('outboxSeconds', Math.max(0, Number(rows[0]?.seconds ?? 0)), { outbox });
    },
  });
}
