import type { TopicSpec } from '@hedui/contracts';
import { inTransaction, type Pool, type Queryable } from '@hedui/postgres';
import { LogError } from '../errors.js';
import type { PartitionOffsets } from '../port.js';

export interface TopicRow {
  id: number;
  name: string;
  generation: string;
  partitions: number;
}

/** The topics of these names; throws TOPIC_MISSING when one is not there. */
export async function findTopics(db: Queryable, names: readonly string[]): Promise<TopicRow[]> {
  const { rows } = await db.query<TopicRow>(
    'SELECT id, name, generation, partitions FROM log_topic WHERE name = ANY($1)',
    [names],
  );
  const missing = names.filter((name) => !rows.some((row) => row.name === name));
  if (missing.length > 0) throw new LogError('TOPIC_MISSING', missing.join(', '));
  return rows;
}

export async function ensureTopics(pool: Pool, specs: readonly TopicSpec[]): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', ['event-log:topics']);
    for (const spec of specs) {
      await client.query(
        `WITH made AS (
           INSERT INTO log_topic (name, partitions, compacted, retention_ms, max_message_bytes)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING RETURNING id, partitions)
         INSERT INTO log_partition (topic_id, partition)
         SELECT made.id, n FROM made, generate_series(0, made.partitions - 1) AS n`,
        [spec.name, spec.partitions, spec.compacted, spec.compacted ? -1 : spec.retentionMs, spec.maxMessageBytes],
      );
    }
    const found = await findTopics(
      client,
      specs.map((spec) => spec.name),
    );
    const there = new Map(found.map((row) => [row.name, row.partitions]));
    const wrong = specs.filter((spec) => there.get(spec.name) !== spec.partitions);
    if (wrong.length > 0) {
      throw new LogError(
        'TOPIC_MISMATCH',
        wrong.map((s) => `${s.name} has ${there.get(s.name)} partitions, wanted ${s.partitions}`).join('; '),
      );
    }
  });
}

/** Start and end of every partition of a topic; throws TOPIC_MISSING. */
export async function readOffsets(db: Queryable, topic: string): Promise<PartitionOffsets[]> {
  const { rows } = await db.query<{ generation: string; partition: number; start_offset: string; next_offset: string }>(
    `SELECT t.generation, p.partition, p.start_offset, p.next_offset
     FROM log_topic t JOIN log_partition p ON p.topic_id = t.id WHERE t.name = $1 ORDER BY p.partition`,
    [topic],
  );
  if (rows.length === 0) throw new LogError('TOPIC_MISSING', topic);
  return rows.map((row) => ({
    topic,
    partition: row.partition,
    generation: row.generation,
    start: BigInt(row.start_offset),
    end: BigInt(row.next_offset),
  }));
}
