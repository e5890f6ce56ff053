import type { BatchContext, ConsumeOptions, LogBatch, StoredPosition } from '../src/port.js';

/**
 * What a group of consumers has done, in memory: positions and effects that change together, as a database's transaction would have it.
 */
export class Store {
  readonly positions = new Map<string, StoredPosition>();
  /** Values applied, by `topic/partition`, in the order in which they took effect. */
  readonly applied = new Map<string, string[]>();
  /** Partitions whose handler runs just now; two at once would be a fault of the log. */
  private readonly running = new Set<string>();
  overlaps = 0;
  batches: LogBatch[] = [];
  resets: string[] = [];
  /** Replaces what a handler does before its effect: throw, wait. */
  before: (batch: LogBatch, context: BatchContext) => Promise<void> = async () => {};

  all(): string[] {
    return [...this.applied.values()].flat();
  }

  options(
    group: string,
    topics: readonly string[],
  ): Pick<ConsumeOptions, 'group' | 'topics' | 'positions' | 'handler' | 'onReset'> {
    return {
      group,
      topics,
      positions: async () => [...this.positions.values()],
      handler: (batch, context) => this.handle(batch, context),
      onReset: async ({ topic, partition, reason, stored }) => {
        this.resets.push(`${topic}/${partition} ${reason} ${stored.next}`);
        this.positions.delete(`${topic}/${partition}`);
      },
    };
  }

  private async handle(batch: LogBatch, context: BatchContext): Promise<void> {
    const key = `${batch.topic}/${batch.partition}`;
    if (this.running.has(key)) this.overlaps++;
    this.running.add(key);
    try {
      this.batches.push(batch);
      await this.before(batch, context);
      await context.heartbeat();
      const stored = this.positions.get(key);
      const next = stored?.generation === batch.generation ? stored.next : 0n;
      if (next < batch.from) throw new Error(`a gap in ${key}: ${next} < ${batch.from}`);
      if (next >= batch.next) return;
      const fresh = batch.messages.filter((message) => message.offset >= next);
      this.applied.set(key, [...(this.applied.get(key) ?? []), ...fresh.map((message) => message.value.toString())]);
      this.positions.set(key, {
        topic: batch.topic,
        partition: batch.partition,
        generation: batch.generation,
        next: batch.next,
      });
    } finally {
      this.running.delete(key);
    }
  }
}
