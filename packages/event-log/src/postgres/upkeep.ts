/** Compaction and retention of the log in tables: small steps, one process at a time. */
import { asInteger, type Client, inTransaction, type Pool } from '@hedui/postgres';

const STEP_MESSAGES = 50_000;
/** A partition is compacted when this share of it, or more, came since the last time. */
const DIRTY_SHARE = 0.3;
const DIRTY_LEAST = 1_000;

interface PartitionRow {
  topic_id: number;
  partition: number;
  start_offset: string;
  next_offset: string;
  compacted_to: string;
  retention_ms: string;
}

/** One pass over all partitions. `eager` compacts whatever came since the last time, however little. */
export async function tidy(pool: Pool, eager = false): Promise<void> {
  for (const row of await partitionsWith(pool, 't.compacted AND p.compacted_to < p.next_offset')) {
    const dirty = asInteger(row.next_offset) - asInteger(row.compacted_to);
    const all = asInteger(row.next_offset) - asInteger(row.start_offset);
    if (!eager && (dirty < DIRTY_LEAST || dirty < all * DIRTY_SHARE)) continue;
    while (await stepUnderLock(pool, (client) => compactStep(client, row)));
  }
  for (const row of await partitionsWith(
    pool,
    'NOT t.compacted AND t.retention_ms >= 0 AND p.start_offset < p.next_offset',
  )) {
    while (await stepUnderLock(pool, (client) => expireStep(client, row)));
  }
}

async function partitionsWith(pool: Pool, condition: string): Promise<PartitionRow[]> {
  const { rows } = await pool.query<PartitionRow>(
    `SELECT p.topic_id, p.partition, p.start_offset, p.next_offset, p.compacted_to, t.retention_ms
     FROM log_partition p JOIN log_topic t ON t.id = p.topic_id WHERE ${condition}`,
  );
  return rows;
}

/** False when there is nothing more to do, or another process does it. */
function stepUnderLock(pool: Pool, step: (client: Client) => Promise<boolean>): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock(hashtext($1)) AS mine', [
      'event-log:upkeep',
    ]);
    return rows[0]?.mine ? step(client) : false;
  });
}

/** Removes what the next messages made obsolete. The newest of each key stays, so the partition never loses its last message. */
async function compactStep(client: Client, { topic_id, partition, next_offset }: PartitionRow): Promise<boolean> {
  const { rows } = await client.query<{ until: string; done: boolean }>(
    `SELECT least(compacted_to + ${STEP_MESSAGES}, $3) AS until, compacted_to >= $3 AS done
     FROM log_partition WHERE topic_id = $1 AND partition = $2`,
    [topic_id, partition, next_offset],
  );
  const step = rows[0];
  if (!step || step.done) return false;
  await client.query(
    `DELETE FROM log_message old USING (
       SELECT m.key, max(m.message_offset) AS newest FROM log_message m
       JOIN log_partition p USING (topic_id, partition)
       WHERE m.topic_id = $1 AND m.partition = $2 AND m.message_offset >= p.compacted_to AND m.message_offset < $3
       GROUP BY m.key) AS kept
     WHERE old.topic_id = $1 AND old.partition = $2 AND old.key = kept.key AND old.message_offset < kept.newest`,
    [topic_id, partition, step.until],
  );
  await client.query('UPDATE log_partition SET compacted_to = $3 WHERE topic_id = $1 AND partition = $2', [
    topic_id,
    partition,
    step.until,
  ]);
  return BigInt(step.until) < BigInt(next_offset);
}

/** Removes messages that are older than the topic keeps them, from the start. */
async function expireStep(client: Client, { topic_id, partition, retention_ms }: PartitionRow): Promise<boolean> {
  const { rows } = await client.query<{ until: string | null; seen: string }>(
    `SELECT max(message_offset) FILTER (WHERE old) + 1 AS until, count(*) FILTER (WHERE old) AS seen FROM (
       SELECT message_offset, published_ms < (extract(epoch FROM now()) * 1000)::bigint - $3::bigint AS old FROM log_message
       WHERE topic_id = $1 AND partition = $2 ORDER BY message_offset LIMIT ${STEP_MESSAGES}) AS first`,
    [topic_id, partition, retention_ms],
  );
  const until = rows[0]?.until;
  if (until === undefined || until === null) return false;
  await client.query('DELETE FROM log_message WHERE topic_id = $1 AND partition = $2 AND message_offset < $3', [
    topic_id,
    partition,
    until,
  ]);
  await client.query('UPDATE log_partition SET start_offset = $3 WHERE topic_id = $1 AND partition = $2', [
    topic_id,
    partition,
    until,
  ]);
  return asInteger(rows[0]?.seen) === STEP_MESSAGES;
}
