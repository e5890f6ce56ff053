import { HeduiError } from '@hedui/errors';
import { CompressionTypes, type Producer } from 'kafkajs';
import { LogError } from '../errors.js';
import type { OutgoingMessage } from '../port.js';
import { createKafka, type KafkaSettings, protocolError } from './client.js';
import { Connection } from './connection.js';
import type { Topics } from './topics.js';

/**
 * kafkajs sends what one call hands it, one request per broker: these bound a request. It copies the list of a partition's
 * messages for each message that it adds, so more of them cost more than they save.
 */
const REQUEST_BYTES = 1024 * 1024;
const REQUEST_MESSAGES = 1_500;
/** Requests of one call at a time, never two of one partition. */
const WORKERS = 3;
/** Bytes of a call that goes over the connection for small ones. */
const SMALL_BYTES = 64 * 1024;
/** Mean bytes of a value below which a request is compressed. */
const COMPRESSED_BELOW = 8_192;
/** A request of fewer bytes is not: whoever reads it pays more than the broker saves. */
const COMPRESSED_FROM = 16 * 1024;

interface Lane {
  topic: string;
  partition: number;
  messages: OutgoingMessage[];
  sent: number;
  busy: boolean;
}

interface Part {
  lane: Lane;
  until: number;
}

/**
 * acks=all, gzip, bounded retries. Not kafkajs's idempotent producer: after a send that failed for good it gives the same sequence
 * numbers to other messages, and a broker that had written the first would acknowledge and drop the second.
 * A repeat is harmless here (readers are idempotent); a loss is not. A broker answers the requests of a connection one after another, so small
 * calls (a single check, behind which somebody waits) have one of their own and do not queue behind the chunks of a batch.
 */
export class Publisher {
  private readonly small: Connection<Producer>;
  private readonly large: Connection<Producer>;

  constructor(
    settings: KafkaSettings,
    private readonly topics: Topics,
  ) {
    const connection = () =>
      new Connection(() =>
        createKafka(settings).producer({
          allowAutoTopicCreation: false,
          idempotent: false,
          maxInFlightRequests: 5,
          // Every message names its partition, so that no client library decides it.
          createPartitioner:
            () =>
            ({ message }) =>
              message.partition ?? -1,
        }),
      );
    this.small = connection();
    this.large = connection();
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const lanes = await this.lanesOf(messages);
    const bytes = messages.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    const producer = bytes <= SMALL_BYTES ? this.small : this.large;
    const failures: unknown[] = [];
    const work = async () => {
      for (let parts = take(lanes); parts.length > 0 && failures.length === 0; parts = take(lanes)) {
        try {
          await this.send(producer, parts);
        } catch (error) {
          failures.push(error);
        }
        for (const { lane, until } of parts) {
          lane.sent = until;
          lane.busy = false;
        }
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    if (failures.length > 0) throw failures[0];
  }

  async close(): Promise<void> {
    await Promise.all([this.small.close(), this.large.close()]);
  }

  /** Messages by partition, each in the order of the call. kafkajs drops messages for a partition that it does not know without a word. */
  private async lanesOf(messages: readonly OutgoingMessage[]): Promise<Lane[]> {
    const lanes = new Map<string, Lane>();
    for (const message of messages) {
      const { topic, partition } = message;
      const key = `${topic}/${partition}`;
      let lane = lanes.get(key);
      if (!lane) {
        const partitions = await this.topics.partitionsOf(topic);
        if (!(partition >= 0 && partition < partitions)) {
          throw new LogError('TOPIC_MISSING', `${topic} has no partition ${partition}`);
        }
        lane = { topic, partition, messages: [], sent: 0, busy: false };
        lanes.set(key, lane);
      }
      lane.messages.push(message);
    }
    return [...lanes.values()];
  }

  private async send(connection: Connection<Producer>, parts: readonly Part[]): Promise<void> {
    const topics = new Map<string, Part[]>();
    for (const part of parts) topics.set(part.lane.topic, [...(topics.get(part.lane.topic) ?? []), part]);
    try {
      const written = await connection.use((producer) =>
        producer.sendBatch({
          acks: -1,
          timeout: 15_000,
          compression: worthCompressing(parts) ? CompressionTypes.GZIP : CompressionTypes.None,
          topicMessages: [...topics].map(([topic, ofTopic]) => ({
            topic,
            messages: ofTopic.flatMap(({ lane, until }) =>
              lane.messages.slice(lane.sent, until).map(({ key, value }) => ({
                key: asBuffer(key),
                value: asBuffer(value),
                partition: lane.partition,
              })),
            ),
          })),
        }),
      );
      const acknowledged = new Set(written.map((r) => `${r.topicName}/${r.partition}`));
      const silent = parts.find(({ lane }) => !acknowledged.has(`${lane.topic}/${lane.partition}`));
      if (silent) throw new Error(`no acknowledgement for ${silent.lane.topic}/${silent.lane.partition}`);
    } catch (error) {
      throw this.failure(error);
    }
  }

  private failure(error: unknown): Error {
    const type = protocolError(error);
    if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') {
      return new LogError('MESSAGE_TOO_LARGE', 'a message is larger than its topic allows', error);
    }
    this.topics.forget();
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return new LogError('TOPIC_MISSING', 'a topic was deleted', error);
    return new HeduiError('UPSTREAM_UNAVAILABLE', { retriable: true, detail: 'the event log', cause: error });
  }
}

/** Small messages gain much by gzip; large ones are chunks that were compressed before they were sealed, and gain nothing. */
function worthCompressing(parts: readonly Part[]): boolean {
  let bytes = 0;
  let count = 0;
  for (const { lane, until } of parts) {
    for (let at = lane.sent; at < until; at++) bytes += lane.messages[at]?.value.length ?? 0;
    count += until - lane.sent;
  }
  return bytes >= COMPRESSED_FROM && bytes < count * COMPRESSED_BELOW;
}

/** The next request: the heads of some idle lanes, so that the other workers find lanes too; a larger message goes alone. */
function take(lanes: readonly Lane[]): Part[] {
  const idle = lanes.filter((lane) => !lane.busy && lane.sent < lane.messages.length);
  const some = idle.slice(0, Math.ceil(lanes.length / WORKERS));
  const perLane = Math.ceil(REQUEST_MESSAGES / Math.max(1, some.length));
  const parts: Part[] = [];
  let bytes = 0;
  for (const lane of some) {
    let until = lane.sent;
    while (until < lane.messages.length && until - lane.sent < perLane) {
      const message = lane.messages[until] as OutgoingMessage;
      const size = message.key.length + message.value.length + 32;
      if (bytes > 0 && bytes + size > REQUEST_BYTES) break;
      bytes += size;
      until++;
    }
    if (until === lane.sent) break;
    lane.busy = true;
    parts.push({ lane, until });
  }
  return parts;
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
