/**
 * Reads every message of a topic as it lies in the log, with the drivers alone: nothing of the mesh's own code is used to judge it.
 */
import { decode } from '@msgpack/msgpack';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

export interface Message {
  topic: string;
  partition: number;
  offset: bigint;
  key: Buffer;
  value: Buffer;
}

/** What stands in an event's envelope, in the order of the wire. */
export interface Event {
  type: string;
  id: string;
  payload: unknown;
}

/** Null for bytes that are no event. */
export function eventOf(message: Message): Event | null {
  try {
    const raw = decode(message.value);
    if (!Array.isArray(raw) || raw.length < 7) return null;
    return { type: String(raw[1]), id: String(raw[2]), payload: raw[6] };
  } catch {
    return null;
  }
}

export interface TopicReader {
  names(): Promise<string[]>;
  read(topic: string): Promise<Message[]>;
  close(): Promise<void>;
}

/** Topics of the embedded log. */
export function embeddedTopics(url: string): TopicReader {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  return {
    async names() {
      const { rows } = await pool.query<{ name: string }>('SELECT name FROM log_topic ORDER BY name');
      return rows.map((row) => row.name);
    },
    async read(topic) {
      const { rows } = await pool.query<{ partition: number; message_offset: string; key: Buffer; value: Buffer }>(
        `SELECT m.partition, m.message_offset, m.key, m.value FROM log_message m JOIN log_topic t ON t.id = m.topic_id
         WHERE t.name = $1 ORDER BY m.partition, m.message_offset`,
        [topic],
      );
      return rows.map((row) => ({ ...row, topic, offset: BigInt(row.message_offset) }));
    },
    close: () => pool.end(),
  };
}

/** Topics of a broker. */
export function kafkaTopics(brokers: string[]): TopicReader {
  const kafka = new Kafka({ clientId: 'checker', brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const connected = admin.connect();
  return {
    async names() {
      await connected;
      return (await admin.listTopics()).filter((name) => name.startsWith('hedui.')).sort();
    },
    async read(topic) {
      await connected;
      const ends = (await admin.fetchTopicOffsets(topic)).map((at) => ({
        partition: at.partition,
        low: BigInt(at.low),
        end: BigInt(at.high),
      }));
      const waiting = new Map(ends.filter((at) => at.low < at.end).map((at) => [at.partition, at.end]));
      const found: Message[] = [];
      if (waiting.size === 0) return found;
      const consumer = kafka.consumer({ groupId: `checker-${process.pid}-${Date.now()}-${Math.random()}` });
      await consumer.connect();
      try {
        await consumer.subscribe({ topic, fromBeginning: true });
        await new Promise<void>((resolve, reject) => {
          consumer
            .run({
              eachBatchAutoResolve: true,
              async eachBatch({ batch }) {
                for (const m of batch.messages) {
                  found.push({
                    topic,
                    partition: batch.partition,
                    offset: BigInt(m.offset),
                    key: m.key ?? Buffer.alloc(0),
                    value: m.value ?? Buffer.alloc(0),
                  });
                }
                const end = waiting.get(batch.partition);
                // What was compacted away at the very end gives no message: the batch's own last offset counts.
                if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) waiting.delete(batch.partition);
                if (waiting.size === 0) resolve();
              },
            })
            .catch(reject);
        });
      } finally {
        await consumer.disconnect();
      }
      return found.sort((a, b) => a.partition - b.partition || (a.offset < b.offset ? -1 : 1));
    },
    close: () => admin.disconnect(),
  };
}

/** The same reader, which reads each topic once: every judge of one moment sees the same messages. */
export function readOnce(topics: TopicReader): TopicReader {
  const known = new Map<string, Promise<Message[]>>();
  return {
    ...topics,
    read(topic) {
      const found = known.get(topic) ?? topics.read(topic);
      known.set(topic, found);
      return found;
    },
  };
}
