import { eventHead, partitionOfId, TOPICS } from '@hedui/contracts';
import type { EventLog, OutgoingMessage } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { inTransaction, type Pool } from '@hedui/postgres';
import { chunkPassed, count, type PassedStep } from '@hedui/telemetry';
import { endedPlaces } from '../db/endings.js';
import { dropChunk } from '../db/person-chunks.js';
import {
  becomeSender,
  countOutstanding,
  forgottenChecks,
  markSent,
  nextChunks,
  sendAgain,
  type WaitingChunk,
} from '../db/sending.js';
import type { Settings } from '../settings.js';
import { withoutEnded } from './without-ended.js';

/** A single check is sent by the call that made it; the sender takes what has been left lying for so long. */
const FORGOTTEN_MS = 2_000;
const CHECKS_AT_ONCE = 100;
/** Chunks in one call of the log: each may have some hundred kilobytes. */
const CHUNKS_AT_ONCE = 8;

export interface Sender {
  /** There is something to send: look now. */
  wake(): void;
  /** Ends after the round under way. */
  close(): Promise<void>;
}

/** The message of a chunk: batches and single checks have their own topics, so that a batch never delays a check. */
export function requestMessage(chunk: Pick<WaitingChunk, 'id' | 'batchId' | 'request'>): OutgoingMessage {
  const topic = chunk.batchId === null ? TOPICS.requestsOnline.name : TOPICS.requests.name;
  return { topic, partition: partitionOfId(chunk.id), key: Buffer.from(chunk.id), value: chunk.request };
}

const NOTHING: { more: boolean; sent: WaitingChunk[] } = { more: false, sent: [] };

/** What is to be seen of a chunk that the log has. */
export function sentStep({ id, batchId, households, request }: WaitingChunk, began: number): PassedStep {
  const { correlationId } = eventHead(request);
  return { step: 'sent', service: 'verification', correlationId, chunkId: id, batchId, households, began };
}

/**
 * Hands to the log what the database says is to be sent: chunks of running batches (in order, at most
 * so many outstanding over all batches, none before the others), and single checks that were left lying. A chunk counts as sent
 * when the log has it; after a crash in between it is sent twice, which is harmless, for its ids are the same. Begins by letting
 * everything sent but not reported be sent again.
 */
export function startSender(
  pool: Pool,
  log: Pick<EventLog, 'publish'>,
  settings: Pick<Settings, 'outstandingChunks' | 'senderPauseMs'>,
  logger: Logger,
): Sender {
  let closing = false;
  let again = true;
  let wakeUp: () => void = () => undefined;

  /** True when there may be more to send at once. */
  async function sendChunks(): Promise<boolean> {
    const began = Date.now();
    const { more, sent } = await inTransaction(pool, async (client) => {
      if (!(await becomeSender(client))) return NOTHING;
      const free = settings.outstandingChunks - (await countOutstanding(client));
      const limit = Math.min(free, CHUNKS_AT_ONCE);
      const checks = await forgottenChecks(client, FORGOTTEN_MS, CHECKS_AT_ONCE);
      const chunks = [...checks, ...(limit > 0 ? await nextChunks(client, limit) : [])];
      if (chunks.length === 0) return NOTHING;
      const ended = await endedPlaces(
        client,
        chunks.map(({ no }) => no),
      );
      const asked = chunks.map((chunk) => withoutEnded(chunk, ended.get(chunk.no))).filter((chunk) => chunk !== null);
      // Sent once, taken up again, and everybody in it has ended since.
      for (const { no } of chunks) if (!asked.some((one) => one.no === no)) await dropChunk(client, no);
      await log.publish(asked.map(requestMessage));
      await markSent(
        client,
        chunks.map((chunk) => chunk.no),
      );
      return { more: free > limit || checks.length === CHECKS_AT_ONCE, sent: asked };
    });
    for (const chunk of sent) chunkPassed(logger, sentStep(chunk, began));
    return more;
  }

  async function pause(): Promise<void> {
    if (again || closing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, settings.senderPauseMs);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    let begun = false;
    while (!closing) {
      again = false;
      try {
        if (!begun) await sendAgain(pool);
        begun = true;
        again = (await sendChunks()) || again;
      } catch (error) {
        count('retries', 1, { what: 'sending' });
        logger.warn({ err: error }, 'sending failed; it is tried again');
      }
      await pause();
    }
  }

  const running = run();
  return {
    wake() {
      again = true;
      wakeUp();
    },
    async close() {
      closing = true;
      wakeUp();
      await running;
    },
  };
}
