import {
  CHUNK_HOUSEHOLDS,
  type CorrelationId,
  decodeEvent,
  MalformedEvent,
  type RequestChunk,
  readRequestChunk,
  type TopicSpec,
} from '@hedui/contracts';
import {
  advance,
  type BatchContext,
  enqueue,
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
import { answerThatFits, assessChunk, personsOf, type Snapshot } from './assess-chunk.js';
import type { CoverageViews } from './coverage-view.js';
import { type LoadPatience, type PolicyPatience, type WaitLimits, WorkStopped, waitAMoment } from './waiting.js';

export interface ChunkWork {
  group: string;
  /** Where the reports go. */
  reports: TopicSpec;
  /** Batch chunks wait for full loads; online checks do not. */
  patience: LoadPatience | null;
  policyPatience: PolicyPatience;
  limits: WaitLimits;
  pool: Pool;
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

/** Profiles and coverage of one REPEATABLE READ snapshot; before it a wait, outside any transaction, for loads in the way. */
async function takeSnapshot(
  work: ChunkWork,
  chunks: readonly RequestChunk[],
  context: BatchContext,
): Promise<Snapshot> {
  const persons = personsOf(chunks);
  const regions = new Set(chunks.flatMap((chunk) => chunk.households.map((household) => household.region)));
  for (;;) {
    const snapshot = await inTransaction(
      work.pool,
      async (client) => {
        const { coverageVersion, profiles } = await readProfiles(client, persons);
        return { profiles, coverage: await work.views(coverageVersion, client) };
      },
      { isolation: 'REPEATABLE READ', readOnly: true },
    );
    if (!work.patience?.mustWait(snapshot.coverage.underWay, regions)) return snapshot;
    await waitAMoment(context, work.limits.pollMs);
  }
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
    const { report, poison } = assessChunk(chunk, policy, snapshot, work.now());
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

/** The answers go into the outbox in the transaction that moves the position; what was answered before is left out. */
async function store(work: ChunkWork, batch: LogBatch, outgoing: readonly Outgoing[]): Promise<void> {
  const stored = await inTransaction(work.pool, async (client) => {
    const from = await advance(client, work.group, batch);
    const fresh = outgoing.filter(({ offset }) => offset >= from);
    await enqueue(
      client,
      fresh.flatMap((out) => out.messages),
    );
    return fresh;
  });
  for (const { passed, refused } of stored) {
    if (passed !== null) chunkPassed(work.logger, passed);
    for (const reason of refused) count('deadLetters', 1, { consumer: work.group, reason: reasonCode(reason) });
  }
  if (outgoing.length > 0) work.wake();
}
