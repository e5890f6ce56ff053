import type { Cluster, Consumer } from 'kafkajs';
import { GATHER_BYTES, type TopicPartition } from '../port.js';
import { processMark } from '../process-mark.js';
import { pause } from '../reading/pauses.js';
import { createAssigner } from './assigner.js';
import { createKafka, type KafkaSettings } from './client.js';
import { signOffDeparted } from './departed.js';
import type { Feed } from './feed.js';

export interface MemberParts {
  settings: KafkaSettings;
  group: string;
  topics: readonly string[];
  /** See ConsumeOptions. */
  quiet: boolean;
  gatherMs: number | undefined;
  /** Called at each join, synchronously: nothing is fetched before it returns. */
  assigned(memberId: string, places: readonly TopicPartition[]): void;
  /** What is read now, to be kept if it can be. */
  holds(): readonly TopicPartition[];
  feedOf(place: TopicPartition): Feed | undefined;
}

/** One life of a kafkajs consumer: from connecting to its crash or its stop. */
export interface Member {
  seek(place: TopicPartition, offset: bigint): void;
  pause(place: TopicPartition): void;
  resume(place: TopicPartition): void;
  /** Settles when kafkajs gave up, with what it died of. */
  readonly crashed: Promise<Error>;
  stop(): Promise<void>;
}

const FETCH_BYTES = 4 * 1024 * 1024;
const PARTITION_BYTES = 1024 * 1024;
/** A partition that was paused is fetched again within this time even when nothing else comes in. */
const WAIT_MS = 250;
const QUIET_WAIT_MS = 2_000;
/**
 * Some forty seconds of trying: a member that outlives a broker's restart joins again at once, while a new one waits until the
 * broker has given the old one up.
 */
const RETRY = { retries: 40, initialRetryTime: 150, maxRetryTime: 1_000 };
/** What kafkajs is waiting for just then may take as long as its retries. */
const STOP_MS = 5_000;

/** Connects and joins; `crashed` tells of failures, also of the first connection. */
export function startMember(parts: MemberParts): Member {
  const { settings } = parts;
  const assigner = createAssigner(parts.holds, settings.processMark ?? processMark());
  let cluster: Cluster | null = null;
  const consumer = createKafka(settings, RETRY).consumer({
    groupId: parts.group,
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (given) => {
        cluster = given.cluster;
        return assigner(given);
      },
    ],
    sessionTimeout: settings.sessionTimeoutMs ?? 15_000,
    rebalanceTimeout: 20_000,
    heartbeatInterval: 1_000,
    maxBytes: FETCH_BYTES,
    maxBytesPerPartition: PARTITION_BYTES,
    minBytes: parts.gatherMs === undefined ? 1 : GATHER_BYTES,
    maxWaitTimeInMs: parts.gatherMs ?? (parts.quiet ? QUIET_WAIT_MS : WAIT_MS),
    maxInFlightRequests: 5,
    metadataMaxAge: 60_000,
  });
  const crashed = new Promise<Error>((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      try {
        parts.assigned(payload.memberId, placesOf(payload.memberAssignment));
      } catch (error) {
        resolve(asError(error));
      }
    });
    run(consumer, cluster, parts).catch((error) => resolve(asError(error)));
  });
  const partitionsOf = ({ topic, partition }: TopicPartition) => [{ topic, partitions: [partition] }];
  return {
    crashed,
    seek: ({ topic, partition }, offset) => consumer.seek({ topic, partition, offset: String(offset) }),
    pause: (place) => consumer.pause(partitionsOf(place)),
    resume: (place) => consumer.resume(partitionsOf(place)),
    async stop() {
      const stopped = new AbortController();
      await Promise.race([consumer.disconnect(), pause(STOP_MS, stopped.signal)]);
      stopped.abort();
    },
  };
}

async function run(consumer: Consumer, cluster: Cluster | null, parts: MemberParts): Promise<void> {
  await consumer.connect();
  if (cluster !== null) await signOffDeparted(cluster, parts.group, parts.settings.logger);
  await consumer.subscribe({ topics: [...parts.topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    // Batches are only put into their feed, which takes no time: the readers decide what is handled at once.
    partitionsConsumedConcurrently: 1,
    eachBatch: async ({ batch, resolveOffset, isStale }) => {
      if (isStale()) return;
      const last = batch.lastOffset();
      if (parts.feedOf(batch)?.push(batch.messages, BigInt(last))) resolveOffset(last);
    },
  });
}

const placesOf = (assignment: Readonly<Record<string, number[]>>): TopicPartition[] =>
  Object.entries(assignment).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
