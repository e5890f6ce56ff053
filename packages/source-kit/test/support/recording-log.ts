import {
  decodeEvent,
  type Envelope,
  type LoadMarker,
  readSlicePayload,
  type Slice,
  type TopicSpec,
} from '@hedui/contracts';
import type { ConsumeOptions, EventLog, LogMessage, OutgoingMessage } from '@hedui/event-log';

export interface Recorded {
  topic: string;
  partition: number;
  key: Buffer;
  event: Envelope;
}

/** A log in memory that shows what was sent, and that can fail or be waited at. */
export interface RecordingLog extends EventLog {
  readonly sent: Recorded[];
  /** Called before each publish; what it throws, publish throws. */
  onPublish: (messages: readonly OutgoingMessage[]) => Promise<void> | void;
  slices(topic: string): { slice: Slice; person: string }[];
  markers(topic: string, type: 'load.begin' | 'load.complete'): LoadMarker[];
  /** From here on every topic has another life, without messages. */
  beginAgain(): void;
}

export function recordingLog(): RecordingLog {
  const topics = new Map<string, TopicSpec>();
  const values = new Map<string, LogMessage[]>();
  const consumers = new Set<{ options: ConsumeOptions; read(): Promise<void> }>();
  const sent: Recorded[] = [];
  let life = 1;
  const place = (topic: string, partition: number) => `${topic}/${partition}`;

  const log: RecordingLog = {
    kind: 'postgres',
    sent,
    onPublish: () => {},
    slices: (topic) =>
      sent.flatMap(({ topic: t, key, event }) =>
        t === topic && event.type === 'record.slice'
          ? [{ slice: readSlicePayload(event.payload), person: key.toString('hex') }]
          : [],
      ),
    markers: (topic, type) =>
      sent.flatMap((m) => (m.topic === topic && m.event.type === type ? [m.event.payload as LoadMarker] : [])),
    beginAgain() {
      life++;
      sent.length = 0;
      values.clear();
    },
    async ensureTopics(specs) {
      for (const spec of specs) topics.set(spec.name, spec);
    },
    async publish(messages) {
      await log.onPublish(messages);
      for (const message of messages) {
        const spec = topics.get(message.topic);
        if (!spec || message.partition >= spec.partitions) throw new Error(`there is no ${message.topic}`);
        const at = place(message.topic, message.partition);
        const partition = values.get(at) ?? [];
        values.set(at, partition);
        const key = Buffer.from(message.key);
        const value = Buffer.from(message.value);
        partition.push({ offset: BigInt(partition.length), key, value, timestamp: 0 });
        sent.push({ topic: message.topic, partition: message.partition, key, event: decodeEvent(value) });
      }
      for (const consumer of consumers) await consumer.read();
    },
    async consume(options) {
      const read = new Map<string, number>();
      const consumer = {
        options,
        async read() {
          for (const topic of options.topics) {
            for (let partition = 0; partition < (topics.get(topic)?.partitions ?? 0); partition++) {
              const at = place(topic, partition);
              const before = read.get(at) ?? 0;
              const messages = (values.get(at) ?? []).slice(before);
              if (messages.length === 0) continue;
              const next = before + messages.length;
              read.set(at, next);
              const span = { from: BigInt(before), next: BigInt(next) };
              const batch = { topic, partition, generation: String(life), ...span, messages };
              await options.handler(batch, { heartbeat: async () => {}, signal: new AbortController().signal });
            }
          }
        },
      };
      consumers.add(consumer);
      await consumer.read();
      return { joined: Promise.resolve(), assigned: () => [], close: async () => void consumers.delete(consumer) };
    },
    async offsets(topic) {
      return Array.from({ length: topics.get(topic)?.partitions ?? 0 }, (_, partition) => {
        const end = BigInt(values.get(place(topic, partition))?.length ?? 0);
        return { topic, partition, generation: String(life), start: 0n, end };
      });
    },
    ping: async () => true,
    async close() {
      consumers.clear();
    },
  };
  return log;
}
