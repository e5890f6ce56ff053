import type { Admin } from 'kafkajs';
import type { ConsumeOptions, EventLog } from '../port.js';
import { pause } from '../reading/pauses.js';
import { createKafka, type KafkaSettings } from './client.js';
import { Connection } from './connection.js';
import { KafkaConsumer } from './consumer.js';
import { Publisher } from './publisher.js';
import { Topics } from './topics.js';

const PING_MS = 2_000;

/** The event log on Kafka. Connects when first used. */
export function createKafkaLog(settings: KafkaSettings): EventLog {
  const topics = new Topics(settings);
  const publisher = new Publisher(settings, topics);
  const probe = new Connection(() => createKafka(settings, { retries: 0 }).admin());
  const consumers = new Set<KafkaConsumer>();
  return {
    kind: 'kafka',
    ensureTopics: (specs) => topics.ensure(specs),
    publish: (messages) => publisher.publish(messages),
    async consume(options: ConsumeOptions) {
      topics.forget();
      for (const topic of options.topics) await topics.partitionsOf(topic);
      const consumer = new KafkaConsumer(settings, topics, options);
      consumers.add(consumer);
      return consumer;
    },
    offsets: (topic) => topics.offsets(topic),
    ping: () => ping(probe),
    async close() {
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      await Promise.all([publisher.close(), topics.close(), probe.close()]);
    },
  };
}

/** On a connection of its own that gives up soon: the others repeat for many seconds. */
async function ping(probe: Connection<Admin>): Promise<boolean> {
  const late = new AbortController();
  const answer = probe
    .use((admin) => admin.describeCluster())
    .then(({ brokers }) => brokers.length > 0)
    .catch(() => false);
  const result = await Promise.race([answer, pause(PING_MS, late.signal).then(() => false)]);
  late.abort();
  return result;
}
