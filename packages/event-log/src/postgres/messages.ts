import { asInteger, type Client, copyRows, inTransaction, type Pool, type Queryable } from '@hedui/postgres';
import { LogError } from '../errors.js';
import type { LogMessage, OutgoingMessage } from '../port.js';

/** The channel that tells which topic has something new, by its id. */
export const CHANNEL = 'hedui_event_log';

const MESSAGE_TABLE = {
  table: 'log_message',
  columns: [
    { name: 'topic_id', type: 'int4' },
    { name: 'partition', type: 'int4' },
    { name: 'message_offset', type: 'int8' },
    { name: 'published_ms', type: 'int8' },
    { name: 'key', type: 'bytea' },
    { name: 'value', type: 'bytea' },
  ],
} as const;
const COPY_ROWS = 500;

interface Lane {
  topicId: number;
  next: number;
  maxBytes: number;
  nowMs: number;
}

/**
 * Writes the messages in one transaction. The partitions are locked in one order, and until the commit: so two calls never wait for
 * each other, and offsets become visible in order, without holes.
 */
export async function publish(pool: Pool, messages: readonly OutgoingMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await inTransaction(pool, async (client) => {
    const lanes = await lockPartitions(client, messages);
    const rows = messages.map((message) => {
      const lane = lanes.get(laneKey(message.topic, message.partition));
      if (!lane) throw new LogError('TOPIC_MISSING', `${message.topic} has no partition ${message.partition}`);
      if (message.key.length + message.value.length > lane.maxBytes) {
        throw new LogError('MESSAGE_TOO_LARGE', `${message.topic} takes ${lane.maxBytes} bytes`);
      }
      return [lane.topicId, message.partition, lane.next++, lane.nowMs, message.key, message.value];
    });
    await copyRows(client, MESSAGE_TABLE, blocksOf(rows));
    await client.query(
      `UPDATE log_partition p SET next_offset = t.next
       FROM unnest($1::int[], $2::int[], $3::bigint[]) AS t(topic_id, partition, next)
       WHERE p.topic_id = t.topic_id AND p.partition = t.partition`,
      [
        [...lanes.values()].map((lane) => lane.topicId),
        [...lanes.keys()].map((key) => Number(key.slice(key.lastIndexOf('/') + 1))),
        [...lanes.values()].map((lane) => lane.next),
      ],
    );
    await client.query(`SELECT pg_notify('${CHANNEL}', t::text) FROM unnest($1::int[]) AS t`, [
      [...new Set([...lanes.values()].map((lane) => lane.topicId))],
    ]);
  });
}

const laneKey = (topic: string, partition: number): string => `${topic}/${partition}`;

async function lockPartitions(client: Client, messages: readonly OutgoingMessage[]): Promise<Map<string, Lane>> {
  const wanted = new Map(messages.map((m) => [laneKey(m.topic, m.partition), m]));
  const { rows } = await client.query<{
    name: string;
    topic_id: number;
    partition: number;
    next_offset: string;
    max_message_bytes: number;
    now_ms: string;
  }>(
    `SELECT t.name, p.topic_id, p.partition, p.next_offset, t.max_message_bytes,
            (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms
     FROM unnest($1::text[], $2::int[]) AS w(name, partition)
     JOIN log_topic t ON t.name = w.name
     JOIN log_partition p ON p.topic_id = t.id AND p.partition = w.partition
     ORDER BY p.topic_id, p.partition FOR UPDATE OF p`,
    [[...wanted.values()].map((m) => m.topic), [...wanted.values()].map((m) => m.partition)],
  );
  return new Map(
    rows.map((row) => [
      laneKey(row.name, row.partition),
      {
        topicId: row.topic_id,
        next: asInteger(row.next_offset),
        maxBytes: row.max_message_bytes,
        nowMs: asInteger(row.now_ms),
      },
    ]),
  );
}

function* blocksOf<T>(rows: readonly T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; at += COPY_ROWS) yield rows.slice(at, at + COPY_ROWS);
}

/** Messages of one batch at most, however small they are. */
const BATCH_MESSAGES = 5_000;

/** The messages at `from` and after it, in order: the first always, the others while they fit into `maxBytes`. */
export async function readMessages(
  db: Queryable,
  topicId: number,
  partition: number,
  from: bigint,
  maxBytes: number,
): Promise<LogMessage[]> {
  const { rows } = await db.query<{ message_offset: string; published_ms: string; key: Buffer; value: Buffer }>(
    `SELECT message_offset, published_ms, key, value FROM (
       SELECT *, sum(octet_length(key) + octet_length(value)) OVER (ORDER BY message_offset) AS bytes,
              row_number() OVER (ORDER BY message_offset) AS nth
       FROM (SELECT message_offset, published_ms, key, value FROM log_message
             WHERE topic_id = $1 AND partition = $2 AND message_offset >= $3
             ORDER BY message_offset LIMIT ${BATCH_MESSAGES}) AS first) AS counted
     WHERE bytes <= $4 OR nth = 1 ORDER BY message_offset`,
    [topicId, partition, String(from), maxBytes],
  );
  return rows.map((row) => ({
    offset: BigInt(row.message_offset),
    key: row.key,
    value: row.value,
    timestamp: Number(row.published_ms),
  }));
}

/** Where each partition of the topics ends now, as `topicId/partition`. */
export async function readEnds(db: Queryable, topicIds: readonly number[]): Promise<Map<string, bigint>> {
  const { rows } = await db.query<{ topic_id: number; partition: number; next_offset: string }>(
    'SELECT topic_id, partition, next_offset FROM log_partition WHERE topic_id = ANY($1)',
    [topicIds],
  );
  return new Map(rows.map((row) => [`${row.topic_id}/${row.partition}`, BigInt(row.next_offset)]));
}
