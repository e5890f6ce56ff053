import { MalformedEvent } from '@hedui/contracts';
import type { Logger } from '@hedui/logging';
import { type Client, inTransaction, type Pool, type TransactionOptions } from '@hedui/postgres';
import { count, reasonCode } from '@hedui/telemetry';
import { deadLetterOf } from './dead-letter.js';
import type {
  BatchContext,
  EventLog,
  LogBatch,
  LogConsumer,
  LogMessage,
  OutgoingMessage,
  PartitionOffsets,
  StoredPosition,
} from './port.js';
import { advance, beginPositions, readPositions, resetPosition } from './positions.js';

/** A message and what it says. */
export interface Decoded<T> {
  message: LogMessage;
  value: T;
}

export interface ApplyContext extends BatchContext {
  batch: LogBatch;
  /** Sends the message to the dead-letter topic before the transaction commits, and lets the partition go on. */
  refuse(message: LogMessage, reason: string): void;
  /** Opens messages one by one; those for which `open` throws MalformedEvent are refused and left out. */
  decodeOrDeadLetter<T>(messages: readonly LogMessage[], open: (message: LogMessage) => T): Decoded<T>[];
}

export interface Reset {
  stored: StoredPosition;
  now: PartitionOffsets;
  reason: 'NEW_GENERATION' | 'OUT_OF_RANGE';
}

export interface TransactionalConsumer<A> {
  log: EventLog;
  /** The database that holds `log_position` (POSITIONS_SQL) and what `apply` writes. */
  pool: Pool;
  logger: Logger;
  group: string;
  topics: readonly string[];
  /**
   * Does the work of the messages that are new, in the transaction that moves the position. It may run again: a deadlock is repeated, and what
   * was rolled back comes again. So it has no effect outside `client`; that is what `afterCommit` is for.
   */
  apply(client: Client, fresh: readonly LogMessage[], context: ApplyContext): Promise<A>;
  /** Runs after the commit with what `apply` returned: wake a relay, tell a cache. It may be lost; a rejection is logged. */
  afterCommit?(outcome: A, batch: LogBatch): Promise<void> | void;
  /** In the transaction that sets a position back to the start: prepare the state for reading everything again. */
  onReset?(client: Client, reset: Reset): Promise<void>;
  /** Isolation of the transaction (default READ COMMITTED). */
  transaction?: TransactionOptions;
  /** Soft bound on the bytes of a batch. */
  maxBytes?: number;
  /** Partitions handled at once; below the size of `pool`. */
  concurrency?: number;
  /** Little is said in these topics, and seldom (ConsumeOptions). */
  quiet?: boolean;
  /** What comes may be held back for so long, to be applied together (ConsumeOptions). */
  gatherMs?: number;
}

/**
 * Consumes topics so that each message takes effect once: position and effect are committed together, what was done before
 * is left out, and a consumer that has lost its partition rolls back. The topics must exist (`ensureTopics`), TOPICS.deadLetter too.
 */
export async function consumeInTransaction<A>(options: TransactionalConsumer<A>): Promise<LogConsumer> {
  const { log, pool, group, topics } = options;
  await begin(options);
  return log.consume({
    group,
    topics,
    positions: () => readPositions(pool, group),
    handler: (batch, context) => applyBatch(options, batch, context),
    onReset: async ({ stored, reason }) => {
      const now = (await log.offsets(stored.topic)).find((o) => o.partition === stored.partition);
      if (now) await reset(options, { stored, now, reason });
    },
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(options.quiet === undefined ? {} : { quiet: options.quiet }),
    ...(options.gatherMs === undefined ? {} : { gatherMs: options.gatherMs }),
  });
}

/** Notes where the partitions end, and resets at once what belongs to a topic that is gone: else it would seem caught up. */
async function begin<A>(options: TransactionalConsumer<A>): Promise<void> {
  const { log, pool, group, topics } = options;
  const offsets = (await Promise.all(topics.map((topic) => log.offsets(topic)))).flat();
  await beginPositions(pool, group, offsets);
  for (const stored of await readPositions(pool, group)) {
    const now = offsets.find((o) => o.topic === stored.topic && o.partition === stored.partition);
    if (now && now.generation !== stored.generation) await reset(options, { stored, now, reason: 'NEW_GENERATION' });
  }
}

async function reset<A>(options: TransactionalConsumer<A>, what: Reset): Promise<void> {
  const { stored, reason } = what;
  const done = await inTransaction(options.pool, async (client) => {
    const mine = await resetPosition(client, options.group, stored, what.now);
    if (mine) await options.onReset?.(client, what);
    return mine;
  });
  if (done) {
    options.logger.error(
      { group: options.group, topic: stored.topic, partition: stored.partition, next: String(stored.next), reason },
      'the position was set back: the partition is applied again from its start',
    );
  }
}

async function applyBatch<A>(
  options: TransactionalConsumer<A>,
  batch: LogBatch,
  { signal, heartbeat }: BatchContext,
): Promise<void> {
  const { log, pool, group } = options;
  const outcome = await inTransaction(
    pool,
    async (client) => {
      const from = await advance(client, group, batch);
      const fresh = from === batch.from ? batch.messages : batch.messages.filter((message) => message.offset >= from);
      if (fresh.length === 0) return null;
      const refused: OutgoingMessage[] = [];
      const reasons: string[] = [];
      const refuse = (message: LogMessage, reason: string) => {
        reasons.push(reasonCode(reason));
        refused.push(
          deadLetterOf({ ...batch, ...message, offset: String(message.offset) }, { consumer: group, reason }),
        );
      };
      const context: ApplyContext = {
        batch,
        signal,
        heartbeat,
        refuse,
        decodeOrDeadLetter: (messages, open) => decodeEach(messages, open, refuse),
      };
      const value = await options.apply(client, fresh, context);
      if (refused.length > 0) {
        options.logger.error(
          { ...placeOf(batch), group, count: refused.length },
          'messages went to the dead-letter topic',
        );
        await log.publish(refused);
      }
      // What has another owner by now must not be written by this one.
      signal.throwIfAborted();
      return { value, reasons };
    },
    options.transaction,
  );
  if (outcome === null) return;
  for (const reason of outcome.reasons) count('deadLetters', 1, { consumer: group, reason });
  try {
    await options.afterCommit?.(outcome.value, batch);
  } catch (error) {
    options.logger.warn({ err: error, ...placeOf(batch), group }, 'what follows a commit failed');
  }
}

function decodeEach<T>(
  messages: readonly LogMessage[],
  open: (message: LogMessage) => T,
  refuse: (message: LogMessage, reason: string) => void,
): Decoded<T>[] {
  const decoded: Decoded<T>[] = [];
  for (const message of messages) {
    try {
      decoded.push({ message, value: open(message) });
    } catch (error) {
      if (!(error instanceof MalformedEvent)) throw error;
      refuse(message, error.message);
    }
  }
  return decoded;
}

const placeOf = ({ topic, partition }: LogBatch) => ({ topic, partition });
