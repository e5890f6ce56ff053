import type { ConsumeOptions, EventLog } from '../port.js';
import { createKafka, type KafkaSettings } from './client.js';
import { KafkaConsumer } from './consumer.js';
import { Publisher } from './publisher.js';
import { Topics } from './topics.js';

const PING_MS = 2_000;

/** The event log on Kafka. Connects when first used. */
export function createKafkaLog(settings: KafkaSettings): EventLog {
  const topics = new Topics(settings);
  const publisher = new Publisher(settings, topics);
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
    ping: () => ping(settings),
    async close() {
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      await Promise.all([publisher.close(), topics.close()]);
    },
  };
}

/** On a connection of its own that gives up soon: the others repeat for many seconds. */
async function ping(settings: KafkaSettings): Promise<boolean> {
  const admin = createKafka(settings, { retries: 0 }).admin();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, PING_MS, false);
  });
  const answer = admin
    .connect()
    .then(() => admin.describeCluster())
    .then(({ brokers }) => brokers.length > 0)
    .catch(() => false);
  const result = await Promise.race([answer, tooLate]);
  clearTimeout(timer);
  void answer.finally(() => admin.disconnect()).catch(() => {});
  return result;
}
