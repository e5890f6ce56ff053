/**
 * Reads one partition for as long as it is assigned, for both adapters.
 *
 *   locate ──► wait for messages ──► wait for a slot ──► handler ──► (next batch)
 *     ▲                │                                   │
 *     └── misplaced, ──┴────── pause, growing ◄── rejected ┘
 *         relocate
 *
 * `locate` asks for the stored position and for what the log holds, reports a reset, and is the only place where the
 * offset to read from is decided. `take` (the partition has another owner) aborts the handler's signal at once; `drain`
 * (the consumer closes) lets the handler go on for a while first, and `finish` (the partition is handed over) for as long as it needs.
 */
import type { Logger } from '@hedui/logging';
import { count } from '@hedui/telemetry';
import type { BatchContext, ConsumeOptions, LogMessage, StoredPosition, TopicPartition } from '../port.js';
import { pause, pauseAfter } from './pauses.js';
import type { Slots } from './slots.js';

/** What the log holds of a partition. */
export interface Reach {
  generation: string;
  start: bigint;
  end: bigint;
}

export interface Fetched {
  /** At least one. */
  messages: readonly LogMessage[];
  /** The offset to go on from. */
  next: bigint;
}

export interface PartitionSource {
  /**
   * The messages at `offset` and after it, bounded in bytes; waits for them. Rejects with Misplaced when the log does not hold
   * the offset, and with anything when the signal is aborted.
   */
  next(offset: bigint, signal: AbortSignal): Promise<Fetched>;
}

/** The log does not go on from where it was read: ask for the positions again. */
export class Misplaced extends Error {
  readonly code = 'MISPLACED';
}

/** The reason of a handler's aborted signal. */
export class PartitionTaken extends Error {
  readonly code = 'PARTITION_TAKEN';
}

export interface ReaderParts {
  place: TopicPartition;
  source: PartitionSource;
  reach(): Promise<Reach>;
  stored(): Promise<StoredPosition | undefined>;
  handler: ConsumeOptions['handler'];
  onReset: ConsumeOptions['onReset'];
  slots: Slots;
  logger: Logger;
  /** Work on the same partition that has to end before this reader begins. */
  after: Promise<void> | undefined;
}

/** How long a closing consumer lets a handler go on before it aborts its signal. */
const GRACE_MS = 3_000;

export class PartitionReader {
  /** Settles when reading has ended; never rejects. */
  readonly done: Promise<void>;
  /** The generation that is being read; null before the first look. */
  generation: string | null = null;

  private stopping = false;
  private working = false;
  /** Aborted to interrupt waiting: by stopping and by `relocate`. */
  private turn = new AbortController();
  private readonly taken = new AbortController();

  constructor(private readonly parts: ReaderParts) {
    this.done = this.run();
  }

  /** Looks for the position again: the topic has another life. */
  relocate(): void {
    this.turn.abort();
  }

  /** The partition is another's: stop without committing. */
  take(): Promise<void> {
    this.stopping = true;
    this.taken.abort(new PartitionTaken('the partition was taken away'));
    this.turn.abort();
    return this.done;
  }

  /** No further batch; the one under way may end, however long it takes. */
  async finish(): Promise<void> {
    this.stopping = true;
    this.turn.abort();
    await this.done;
  }

  /** As `finish`, but a handler that goes on for too long is told to stop. */
  async drain(): Promise<void> {
    const late = setTimeout(() => this.taken.abort(new PartitionTaken('the consumer is closing')), GRACE_MS);
    await this.finish();
    clearTimeout(late);
  }

  private async run(): Promise<void> {
    await this.parts.after;
    let failures = 0;
    while (!this.stopping) {
      this.turn = new AbortController();
      try {
        await this.readOn(() => {
          failures = 0;
        });
      } catch (error) {
        // Stopping and relocating reject what was waited for; only a handler that failed meanwhile is worth a word.
        if (this.stopping || (this.turn.signal.aborted && !this.working)) continue;
        failures++;
        const ms = pauseAfter(failures);
        count('retries', 1, { what: 'reading' });
        const level = error instanceof Misplaced ? 'info' : 'warn';
        this.parts.logger[level](
          { err: error, ...this.parts.place, failures, pauseMs: Math.round(ms) },
          'reading again from the stored position',
        );
        await pause(ms, this.turn.signal);
      } finally {
        this.working = false;
      }
    }
  }

  /** Reads from the stored position until something is amiss. */
  private async readOn(succeeded: () => void): Promise<void> {
    const { source, reach, slots } = this.parts;
    const signal = this.turn.signal;
    const place = await this.locate();
    let { from, at } = place;
    while (!signal.aborted) {
      const fetched = await source.next(at, signal);
      const first = fetched.messages[0];
      // A gap is what compaction leaves, or messages that retention took before they were read.
      if (first && first.offset > at && from === at && (await reach()).start > at)
        throw new Misplaced('behind the log');
      const batch = { ...this.parts.place, generation: place.generation, from, ...fetched };
      await slots.run(async () => {
        if (signal.aborted) return;
        this.working = true;
        await this.parts.handler(batch, this.context());
        this.working = false;
        from = fetched.next;
        at = fetched.next;
        succeeded();
      });
    }
  }

  private context(): BatchContext {
    const { signal } = this.taken;
    return {
      signal,
      heartbeat: async () => {
        signal.throwIfAborted();
        // Heartbeats go out beside the handler; all that they need is a turn of the event loop.
        await new Promise<void>((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
      },
    };
  }

  /** `from` is what the batch says; `at` is where the log has something: they differ at the start of a log that lost its head. */
  private async locate(): Promise<{ generation: string; from: bigint; at: bigint }> {
    const { place, reach, stored, onReset, logger } = this.parts;
    const log = await reach();
    const position = await stored();
    this.generation = log.generation;
    const start = { generation: log.generation, from: 0n, at: log.start };
    if (!position || (position.generation === log.generation && position.next === 0n)) return start;
    const reason =
      position.generation !== log.generation
        ? 'NEW_GENERATION'
        : position.next < log.start || position.next > log.end
          ? 'OUT_OF_RANGE'
          : null;
    if (!reason) return { generation: log.generation, from: position.next, at: position.next };
    logger.error(
      { ...place, reason, next: String(position.next), start: String(log.start), end: String(log.end) },
      'the stored position means nothing in this log: the partition is read from its start',
    );
    await onReset?.({ ...place, stored: position, reason });
    return start;
  }
}
