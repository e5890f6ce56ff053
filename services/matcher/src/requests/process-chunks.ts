import {
  CHUNK_HOUSEHOLDS,
  type CorrelationId,
  decodeEvent,
  MalformedEvent,
  type PersonKey,
  type RequestChunk,
  readRequestChunk,
  type TopicSpec,
} from '@hedui/contracts';
import {
  advance,
  type BatchContext,
  type EventLog,
  enqueue,
  isTooLarge,
  type LogBatch,
  type LogMessage,
  type OutgoingMessage,
} from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import type { Policy } from '@hedui/means-test';
import { inTransaction, type Pool } from '@hedui/postgres';
import { chunkPassed, count, type PassedStep, reasonCode } from '@hedui/telemetry';
import { readProfiles } from '../db/profiles.js';
import { deadLetter } from '../dead-letters.js';
import type { PolicyBook } from '../policies/policy-book.js';
import type { ReadProfiles } from '../profiles/reader.js';
import { answerThatFits, assessChunk, personsOf, type Snapshot } from './assess-chunk.js';
import type { CoverageViews } from './coverage-view.js';
import { type LoadPatience, type PolicyPatience, type WaitLimits, WorkStopped, waitAMoment } from './waiting.js';

export interface ChunkWork {
  group: string;
  /** Where the reports go. */
  reports: TopicSpec;
  /**
   * Answers are published before the position moves, with no outbox in between: somebody waits for each of them. Should this process end
   * there, they are worked out and published again, and readers take the first. Null: through the outbox.
   */
  atOnce: Pick<EventLog, 'publish'> | null;
  /** Batch chunks wait for full loads; online checks do not. */
  patience: LoadPatience | null;
  policyPatience: PolicyPatience;
  limits: WaitLimits;
  pool: Pool;
  profilesOf: ReadProfiles;
  policies: PolicyBook;
  views: CoverageViews;
  logger: Logger;
  now(): number;
  /** Answers stand in the outbox: publish them now. */
  wake(): void;
}

interface ReadyChunk {
  message: LogMessage;
  correlationId: CorrelationId;
  chunk: RequestChunk;
  policy: Policy;
}
type Outgoing = {
  offset: bigint;
  messages: OutgoingMessage[];
  /** Reasons of those of them that are dead letters. */
  refused: string[];
  passed: PassedStep | null;
};

/**
 * Answers the request chunks of a batch, in order. Chunks of together up to CHUNK_HOUSEHOLDS households share one
 * snapshot and one commit: a batch chunk is one commit, many online checks are one. A chunk whose policy is not here holds
 * up only those behind it.
 */
export async function processChunks(work: ChunkWork, batch: LogBatch, context: BatchContext): Promise<void> {
  let from = batch.from;
  let ready: ReadyChunk[] = [];
  let poison: Outgoing[] = [];
  let households = 0;
  const commit = async (next: bigint) => {
    if (next < batch.next && ready.length + poison.length === 0) return;
    const reports = ready.length > 0 ? await assessReady(work, batch, ready, context) : [];
    if (context.signal.aborted) throw new WorkStopped();
    await store(work, { ...batch, from, next }, [...poison, ...reports]);
    await context.heartbeat();
    from = next;
    ready = [];
    poison = [];
    households = 0;
  };
  for (const message of batch.messages) {
    const read = readChunk(message);
    if ('reason' in read) {
      poison.push(undeliverable(work, batch, message, read.reason));
      continue;
    }
    let policy = await work.policies.find(read.chunk.policy);
    if (policy === null || households + read.chunk.households.length > CHUNK_HOUSEHOLDS) {
      await commit(message.offset);
      policy ??= await awaitPolicy(work, read.chunk, context);
    }
    if (policy === null || policy === 'differs') {
      const reason = policy === null ? 'POLICY_UNKNOWN' : 'POLICY_DIFFERS';
      work.logger.error({ chunkId: read.chunk.chunkId, reason, policy: read.chunk.policy }, 'a chunk was set aside');
      poison.push(undeliverable(work, batch, message, reason));
      continue;
    }
    ready.push({ message, ...read, policy });
    households += read.chunk.households.length;
  }
  await commit(batch.next);
}

function readChunk(message: LogMessage): { chunk: RequestChunk; correlationId: CorrelationId } | { reason: string } {
  try {
    const event = decodeEvent(message.value);
    if (event.type !== 'verification.requested') throw new MalformedEvent('UNKNOWN_TYPE', event.type);
    return { chunk: readRequestChunk(event.payload), correlationId: event.correlationId };
  } catch (error) {
    return { reason: error instanceof MalformedEvent ? error.message : 'BAD_PAYLOAD' };
  }
}

function undeliverable(work: ChunkWork, batch: LogBatch, message: LogMessage, reason: string): Outgoing {
  const letter = deadLetter({ at: batch, message, consumer: work.group, reason });
  return { offset: message.offset, messages: [letter], refused: [reason], passed: null };
}

async function awaitPolicy(work: ChunkWork, chunk: RequestChunk, context: BatchContext) {
  for (;;) {
    const policy = await work.policies.find(chunk.policy);
    if (policy !== null || work.policyPatience.left(chunk.policy) <= 0) return policy;
    await waitAMoment(context, work.limits.pollMs);
  }
}

/** Profiles and coverage of one moment; before it a wait, outside any transaction, for loads in the way. */
async function takeSnapshot(
  work: ChunkWork,
  chunks: readonly RequestChunk[],
  context: BatchContext,
): Promise<Snapshot> {
  const persons = personsOf(chunks);
  const regions = new Set(chunks.flatMap((chunk) => chunk.households.map((household) => household.region)));
  for (;;) {
    const snapshot = (await snapshotUnderKnownCoverage(work, persons)) ?? (await snapshotWithCoverage(work, persons));
    if (!work.patience?.mustWait(snapshot.coverage.underWay, regions)) return snapshot;
    await waitAMoment(context, work.limits.pollMs);
  }
}

/** Nearly always enough; null when the coverage has moved since it was last read. */
async function snapshotUnderKnownCoverage(
  { profilesOf, views }: ChunkWork,
  persons: ReadonlySet<PersonKey>,
): Promise<Snapshot | null> {
  const { coverageVersion, profiles } = await profilesOf(persons);
  const coverage = views.known(coverageVersion);
  return coverage && { profiles, coverage };
}

function snapshotWithCoverage({ pool, views }: ChunkWork, persons: ReadonlySet<PersonKey>): Promise<Snapshot> {
  return inTransaction(
    pool,
    async (client) => {
      const { coverageVersion, profiles } = await readProfiles(client, persons);
      return { profiles, coverage: await views.read(coverageVersion, client) };
    },
    { isolation: 'REPEATABLE READ', readOnly: true },
  );
}

async function assessReady(
  work: ChunkWork,
  batch: LogBatch,
  ready: readonly ReadyChunk[],
  context: BatchContext,
): Promise<Outgoing[]> {
  const began = Date.now();
  const snapshot = await takeSnapshot(
    work,
    ready.map(({ chunk }) => chunk),
    context,
  );
  const outgoing: Outgoing[] = [];
  for (const { message, chunk, correlationId, policy } of ready) {
    const { report, poison } = await assessChunk(chunk, policy, snapshot, work.now());
    const messages = poison.map(({ index, reason, value }) =>
      deadLetter({ at: batch, message, consumer: work.group, reason, part: String(index), value }),
    );
    // Not in part: whoever asked takes a chunk whole or not at all, and the ledger must count what it has. When somebody has decided on
    // the households in question, the others are asked about again.
    const answer = poison.length > 0 ? null : await answerThatFits(work.reports, report, correlationId);
    if (answer !== null) messages.push(answer.message);
    else if (poison.length === 0) {
      messages.push(deadLetter({ at: batch, message, consumer: work.group, reason: 'REPORTS_TOO_LARGE' }));
    }
    const refused = poison.map(({ reason }) => reason);
    if (answer === null && poison.length === 0) refused.push('REPORTS_TOO_LARGE');
    const { chunkId, batchId } = chunk;
    const line = { correlationId, chunkId, batchId, households: chunk.households.length };
    const passed = answer && { ...line, step: 'assessed' as const, service: 'matcher', began, ended: Date.now() };
    outgoing.push({ offset: message.offset, messages, refused, passed });
    const fits = answer !== null;
    const withBasis = chunk.purpose === 'replay' || answer?.withBasis === true;
    if (poison.length > 0 || !fits || !withBasis)
      work.logger.error(
        { ...line, poison: poison.length, fits, withBasis },
        'a chunk was not answered, or without its basis',
      );
  }
  return outgoing;
}

/** The position moves in the transaction that puts the answers into the outbox, or when they are published; what was answered before is left out. */
async function store(work: ChunkWork, batch: LogBatch, outgoing: readonly Outgoing[]): Promise<void> {
  const messages = outgoing.flatMap((out) => out.messages);
  // What no log takes is a matter for the outbox, which sets it aside.
  const published = work.atOnce !== null && !messages.some(isTooLarge);
  if (published && messages.length > 0) await work.atOnce?.publish(messages);
  const stored = await inTransaction(work.pool, async (client) => {
    const from = await advance(client, work.group, batch);
    const fresh = outgoing.filter(({ offset }) => offset >= from);
    if (!published) {
      await enqueue(
        client,
        fresh.flatMap((out) => out.messages),
      );
    }
    return fresh;
  });
  for (const { passed, refused } of stored) {
    if (passed !== null) chunkPassed(work.logger, passed);
    for (const reason of refused) count('deadLetters', 1, { consumer: work.group, reason: reasonCode(reason) });
  }
  if (!published && messages.length > 0) work.wake();
}
