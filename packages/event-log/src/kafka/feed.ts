import type { KafkaMessage } from 'kafkajs';
import type { LogMessage, TopicPartition } from '../port.js';
import { type Fetched, Misplaced, type PartitionSource } from '../reading/partition-reader.js';
import { wakened } from '../reading/pauses.js';

/** What a feed asks of its group member; all are synchronous. */
export interface Tap {
  seek(place: TopicPartition, offset: bigint): void;
  /** Tells that bytes came (or went, when negative), and whether the partition wants more. */
  held(place: TopicPartition, bytes: number, wantsMore: boolean): void;
}

const NO_BYTES = Buffer.alloc(0);

/**
 * What was fetched of one partition and not yet handled. kafkajs pushes; the partition's reader pulls. `tail` is the
 * offset that the next fetch begins at, so a batch that begins below it tells that kafkajs went back to the start by itself.
 */
export class Feed implements PartitionSource {
  private buffered: LogMessage[] = [];
  private bytes = 0;
  /** The first offset that the buffer stands for. */
  private head: bigint | null = null;
  private tail: bigint | null = null;
  private misplaced = false;
  private waiter: (() => void) | null = null;

  constructor(
    readonly place: TopicPartition,
    private readonly tap: Tap,
    private readonly maxBytes: number,
  ) {}

  async next(offset: bigint, signal: AbortSignal): Promise<Fetched> {
    if (this.head !== offset || this.misplaced) {
      this.drop();
      this.head = offset;
      this.tail = offset;
      this.tap.seek(this.place, offset);
      this.tap.held(this.place, 0, true);
    }
    while (this.buffered.length === 0) {
      signal.throwIfAborted();
      await wakened(signal, (wake) => {
        this.waiter = wake;
      });
      signal.throwIfAborted();
      if (this.misplaced) throw new Misplaced('the broker went back');
    }
    return this.takeOut();
  }

  /** False when the batch is not what was asked for; it must not be resolved then. */
  push(messages: readonly KafkaMessage[], last: bigint): boolean {
    const { tail } = this;
    if (tail === null || this.misplaced) return false;
    const first = messages[0];
    if (!first) return false;
    if (BigInt(first.offset) < tail) {
      this.misplaced = true;
      this.waiter?.();
      return false;
    }
    let bytes = 0;
    for (const message of messages) {
      const key = message.key ?? NO_BYTES;
      const value = message.value ?? NO_BYTES;
      bytes += sizeOf(key, value);
      this.buffered.push({ offset: BigInt(message.offset), key, value, timestamp: Number(message.timestamp) });
    }
    this.bytes += bytes;
    this.tail = last + 1n;
    this.tap.held(this.place, bytes, this.bytes < this.maxBytes);
    this.waiter?.();
    return true;
  }

  /** After a new join of the same member, reading goes on behind what is held. */
  goOn(): void {
    if (this.tail !== null) this.tap.seek(this.place, this.tail);
  }

  /** Lets go of everything that is held. */
  drop(): void {
    const bytes = this.bytes;
    this.buffered = [];
    this.bytes = 0;
    this.head = null;
    this.tail = null;
    this.misplaced = false;
    this.tap.held(this.place, -bytes, false);
  }

  private takeOut(): Fetched {
    let bytes = 0;
    let count = 0;
    for (const message of this.buffered) {
      const size = sizeOf(message.key, message.value);
      if (count > 0 && bytes + size > this.maxBytes) break;
      bytes += size;
      count++;
    }
    const messages = this.buffered.splice(0, count);
    const next = this.buffered[0]?.offset ?? this.tail ?? 0n;
    this.bytes -= bytes;
    this.head = next;
    this.tap.held(this.place, -bytes, this.bytes < this.maxBytes);
    return { messages, next };
  }
}

const sizeOf = (key: Buffer, value: Buffer): number => key.length + value.length + 100;
