import type { Pool } from '@hedui/postgres';
import { collect } from '@hedui/telemetry';
import type { EventLog, PartitionOffsets } from './port.js';

interface Position {
  consumer_group: string;
  topic: string;
  partition: number;
  generation: string;
  next_offset: string;
}

/** Tells how far the groups whose positions stand in this database are behind, until the returned function is called. */
export function watchLag(pool: Pool, log: Pick<EventLog, 'offsets'>): () => void {
  return collect({
    name: 'lag',
    async read(say) {
      const { rows } = await pool.query<Position>(
        'SELECT consumer_group, topic, partition, generation, next_offset FROM log_position',
      );
      const ends = new Map<string, PartitionOffsets>();
      const topics = [...new Set(rows.map(({ topic }) => topic))];
      // A topic that is gone says nothing; those that are there are told all the same.
      const offsets = await Promise.all(topics.map((topic) => log.offsets(topic).catch(() => [])));
      for (const one of offsets.flat()) ends.set(`${one.topic}/${one.partition}`, one);
      for (const { consumer_group: group, topic, partition, generation, next_offset } of rows) {
        const now = ends.get(`${topic}/${partition}`);
        if (now === undefined) continue;
        const stored = now.generation === generation ? BigInt(next_offset) : 0n;
        const from = stored > now.start ? stored : now.start;
        say('lag', Math.max(0, Number(now.end - from)), { group, topic, partition: String(partition) });
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
