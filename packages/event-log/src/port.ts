/**
 * The event log: one port, two adapters (`kafka`, `postgres`), one conformance suite.
 *
 * Glossary. A **topic** has numbered **partitions**; a message has an **offset** in its partition, and offsets grow.
 * A **group** is a name under which any number of consumers share the partitions of their topics. A **position** is the
 * next offset that a group has to read of a partition; it is stored by the consumer's owner **in the same transaction as
 * what it did with the messages** (see positions.ts), never in the log. A **generation** names one life of a topic: a
 * topic that was deleted and made again has another, and positions of the old one mean nothing.
 *
 * Guarantees.
 * - `publish` MUST resolve only when every message is durable (Kafka: acks=all), MUST keep the order of one call within a
 *   partition, MUST NOT create topics. When it rejects, any of the messages may have been written: callers repeat, readers
 *   are idempotent.
 * - `consume` MUST deliver each partition in offset order, one batch of a partition at a time, beginning at the stored
 *   position; MUST NOT move on before the handler resolved; after a rejection MUST deliver again from the stored
 *   position, with a growing bounded pause, for ever. It MUST deliver a partition to one consumer of the group at a time as far as
 *   it can tell; a consumer that was fenced may still be running, so the handler's transaction MUST check (positions.ts).
 * - A batch covers the offsets [from, next): compaction leaves gaps, so its messages may be fewer.
 * - It MUST NOT drop or reorder messages when members join and leave, and MUST NOT hold more than a bounded number of
 *   bytes in memory.
 */
import type { TopicSpec } from '@hedui/contracts';

export interface OutgoingMessage {
  topic: string;
  partition: number;
  key: Uint8Array;
  value: Uint8Array;
}

export interface LogMessage {
  offset: bigint;
  key: Buffer;
  value: Buffer;
  /** Milliseconds since 1970, from the producer; for people, never for order. */
  timestamp: number;
}

export interface TopicPartition {
  topic: string;
  partition: number;
}

/** What the handler gets: all messages of one partition between two offsets. */
export interface LogBatch extends TopicPartition {
  generation: string;
  /** The offset that reading began at: a handler whose stored position is below it must reject (a gap). */
  from: bigint;
  /** The position after this batch. */
  next: bigint;
  messages: readonly LogMessage[];
}

export interface BatchContext {
  /** Tells the log that the handler is alive; call it in long work, at least every few seconds. Rejects when the partition was taken away. */
  heartbeat(): Promise<void>;
  /** Aborted when the partition was taken away or the consumer is closing: stop without committing. */
  signal: AbortSignal;
}

export interface StoredPosition extends TopicPartition {
  generation: string;
  next: bigint;
}

export interface ConsumeOptions {
  group: string;
  topics: readonly string[];
  /**
   * The stored positions of the group for these topics (partitions without one begin at the start). Called before the
   * first join and again around each assignment. A position of another generation than the topic's is reported to
   * `onReset` and the partition is read from the start.
   */
  positions(): Promise<readonly StoredPosition[]>;
  handler(batch: LogBatch, context: BatchContext): Promise<void>;
  /** Called, and awaited, before a partition is read from its start although a position was stored: a rebuild. */
  onReset?(
    reset: TopicPartition & { stored: StoredPosition; reason: 'NEW_GENERATION' | 'OUT_OF_RANGE' },
  ): Promise<void>;
  /** Soft bound on the bytes of one batch (default 4 MiB). */
  maxBytes?: number;
  /** How many partitions of this consumer are handled at once (default 4): at most as many as the pool has connections. */
  concurrency?: number;
  /**
   * True for topics in which little is said and seldom: on Kafka the broker is then asked every other second instead of four times a
   * second. A message still comes at once; joining, closing, and going on after more than `maxBytes` were held may take those two seconds.
   */
  quiet?: boolean;
  /**
   * For readers whom nobody waits for: while less than GATHER_BYTES have come, what comes may be held back for so many milliseconds, so that
   * more is handed over, and committed, at once.
   */
  gatherMs?: number;
}

/** So much is handed over at once, whatever `gatherMs` says. */
export const GATHER_BYTES = 64 * 1024;

export interface LogConsumer {
  /** Resolves when the first assignment was made. */
  readonly joined: Promise<void>;
  /** Partitions that this consumer reads now. */
  assigned(): readonly TopicPartition[];
  /** Ends reading after the batch under way; gives the partitions back. */
  close(): Promise<void>;
}

export interface PartitionOffsets extends TopicPartition {
  generation: string;
  /** The first offset still there. */
  start: bigint;
  /** The offset that the next message will get. */
  end: bigint;
}

export interface EventLog {
  readonly kind: 'kafka' | 'postgres';
  /**
   * Makes the topics that are missing, with exactly these settings. Any number of processes may call it at once. Rejects when
   * a topic is there with another number of partitions: the partitioning of keys would break.
   */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Rejects when a topic does not exist. */
  consume(options: ConsumeOptions): Promise<LogConsumer>;
  /** Start and end of every partition of a topic. */
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /** True when the log answers just now; for /ready. */
  ping(): Promise<boolean>;
  /** Ends all consumers and connections. */
  close(): Promise<void>;
}
