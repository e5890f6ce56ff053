import { randomBytes } from 'node:crypto';
import type { TopicSpec } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { LogError } from '../errors.js';
import type { PartitionOffsets } from '../port.js';
import { pause, pauseAfter } from '../reading/pauses.js';
import { createKafka, type KafkaSettings, protocolError } from './client.js';
import { Connection } from './connection.js';

/**
 * Where a topic's generation stands. kafkajs speaks no protocol that tells topic ids, and a note kept elsewhere is wrong as soon as
 * somebody deletes a topic by hand; a setting of the topic is made and deleted with it, in one step. Any value of this setting beyond a
 * thousand years means "no bound", so the low 48 bits are free for a random mark.
 */
const MARK_SETTING = 'max.compaction.lag.ms';
const MARK_BASE = 2n ** 62n;
const NO_MARK = '9223372036854775807';
/** The generation of a topic that was not made by `ensureTopics`: its deletion is noticed by offsets only. */
const UNMARKED = 'unmarked';

const freshMark = () => String(MARK_BASE + BigInt(`0x${randomBytes(6).toString('hex')}`));

/** Room for the framing of a batch with a single message, above `maxMessageBytes`. */
const FRAMING_BYTES = 16_384;

/** Milliseconds that a broker is given to tell of a topic that was just made, or who leads it. */
const SETTLING_MS = 20_000;

/** Answers of a broker that was just told of a topic, or of its leadership: it denies them for a moment. */
const PASSING = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_CONTROLLER',
  'COORDINATOR_NOT_AVAILABLE',
]);
/** A topic that is not known after so many questions is missing. All else is asked for as long as a broker may take. */
const ATTEMPTS = 7;

function settingsOf(spec: TopicSpec, brokers: number): ITopicConfig {
  const replicas = Math.min(3, brokers);
  const entries: Record<string, string | number> = {
    'cleanup.policy': spec.compacted ? 'compact' : 'delete',
    'retention.ms': spec.compacted ? -1 : spec.retentionMs,
    'retention.bytes': -1,
    'max.message.bytes': spec.maxMessageBytes + FRAMING_BYTES,
    // An acknowledged message is on two machines where there are three.
    'min.insync.replicas': replicas >= 3 ? 2 : 1,
    'unclean.leader.election.enable': 'false',
    'compression.type': 'producer',
    'message.timestamp.type': 'CreateTime',
    'segment.bytes': 128 * 1024 * 1024,
    // Only closed segments are compacted; without a bound on their age a quiet topic never would be.
    ...(spec.compacted
      ? { 'segment.ms': 3_600_000, 'min.cleanable.dirty.ratio': '0.3', 'min.compaction.lag.ms': 0 }
      : {}),
    [MARK_SETTING]: freshMark(),
  };
  return {
    topic: spec.name,
    numPartitions: spec.partitions,
    replicationFactor: replicas,
    configEntries: Object.entries(entries).map(([name, value]) => ({ name, value: String(value) })),
  };
}

/** Reading and making topics. */
export class Topics {
  private readonly admin: Connection<Admin>;
  private known = new Map<string, number>();

  constructor(settings: KafkaSettings) {
    this.admin = new Connection(() => createKafka(settings).admin());
  }

  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    const brokers = (await this.ask((admin) => admin.describeCluster())).brokers.length;
    let partitions = await this.list();
    const missing = specs.filter((spec) => !partitions.has(spec.name));
    if (missing.length > 0) {
      try {
        await this.ask((admin) =>
          admin.createTopics({ topics: missing.map((spec) => settingsOf(spec, brokers)), timeout: 15_000 }),
        );
      } catch (error) {
        // Another process may have made some of them meanwhile: what counts is whether they come to be there.
        partitions = await this.listOnceThere(specs);
        if (missing.some((spec) => !partitions.has(spec.name))) throw error;
      }
      partitions = await this.listOnceThere(specs);
    }
    const wrong = specs.filter((spec) => partitions.get(spec.name) !== spec.partitions);
    if (wrong.length > 0) {
      throw new LogError(
        'TOPIC_MISMATCH',
        wrong
          .map((spec) => `${spec.name} has ${partitions.get(spec.name) ?? 'no'} partitions, wanted ${spec.partitions}`)
          .join('; '),
      );
    }
  }

  /** Throws TOPIC_MISSING. What was found is remembered until `forget`. */
  async partitionsOf(topic: string): Promise<number> {
    const there = this.known.get(topic) ?? (await this.list()).get(topic);
    if (there === undefined) throw new LogError('TOPIC_MISSING', topic);
    return there;
  }

  forget(): void {
    this.known = new Map();
  }

  async generations(topics: readonly string[]): Promise<Map<string, string>> {
    if (topics.length === 0) return new Map();
    const { resources } = await this.ask((admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: topics.map((name) => ({
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name,
          configNames: [MARK_SETTING],
        })),
      }),
    );
    return new Map(
      resources.map((resource) => {
        const value = resource.configEntries.find((entry) => entry.configName === MARK_SETTING)?.configValue;
        return [resource.resourceName, !value || value === NO_MARK ? UNMARKED : value];
      }),
    );
  }

  async offsets(topic: string): Promise<PartitionOffsets[]> {
    await this.partitionsOf(topic);
    const [generation, offsets] = await Promise.all([
      this.generations([topic]),
      this.ask((admin) => admin.fetchTopicOffsets(topic)),
    ]);
    return offsets
      .map(({ partition, low, high }) => ({
        topic,
        partition,
        generation: generation.get(topic) ?? UNMARKED,
        start: BigInt(low),
        end: BigInt(high),
      }))
      .sort((a, b) => a.partition - b.partition);
  }

  close(): Promise<void> {
    return this.admin.close();
  }

  private async list(): Promise<Map<string, number>> {
    const { topics } = await this.ask((admin) => admin.fetchTopicMetadata());
    this.known = new Map(topics.map((topic) => [topic.name, topic.partitions.length]));
    return this.known;
  }

  /** A topic that was just made is told of by each broker in its own time. */
  private async listOnceThere(specs: readonly TopicSpec[]): Promise<Map<string, number>> {
    const end = performance.now() + SETTLING_MS;
    for (let round = 1; ; round++) {
      const partitions = await this.list();
      if (performance.now() >= end || specs.every((spec) => partitions.has(spec.name))) return partitions;
      await pause(pauseAfter(Math.min(round, 4)));
    }
  }

  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const end = performance.now() + SETTLING_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.admin.use(question);
      } catch (error) {
        this.forget();
        const type = protocolError(error);
        const patient =
          type === 'UNKNOWN_TOPIC_OR_PARTITION' ? attempt < ATTEMPTS : attempt < ATTEMPTS || performance.now() < end;
        if (PASSING.has(type) && patient) {
          await pause(pauseAfter(Math.min(attempt, 4)));
          continue;
        }
        if (type === 'UNKNOWN_TOPIC_OR_PARTITION') {
          throw new LogError('TOPIC_MISSING', 'the broker does not know a topic that was asked for', error);
        }
        throw new HeduiError('UPSTREAM_UNAVAILABLE', { retriable: true, detail: 'the event log', cause: error });
      }
    }
  }
}
