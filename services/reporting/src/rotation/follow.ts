import {
  decodeEvent,
  MalformedEvent,
  type RotationTold,
  readFollow,
  readRotationPayload,
  rotationStepSchema,
  TOPICS,
  toldMessage,
} from '@hedui/contracts';
import {
  consumeInTransaction,
  type EventLog,
  enqueue,
  type LogConsumer,
  type LogMessage,
  startRelay,
} from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { allowLonger, type Client, inTransaction, type Pool } from '@hedui/postgres';
import { endsOf, haveReached } from '../db/positions.js';
import { addFollowed, addRotation, anyDrained, endRotation, lockDrained, rekeyChunks } from '../db/rotation.js';
import { LEDGER_GROUP } from '../ledger/apply.js';
import { ENDINGS_GROUP } from '../ledger/apply-endings.js';

export const KEYS_GROUP = 'reporting.keys';

export interface FollowParts {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  /** Chunks of the ledger that are re-keyed by one step (default 200). */
  stepChunks?: number;
}

const STEP_CHUNKS = 200;
const LOOK_MS = 1_000;

const word = (to: string, step: RotationTold['step']) =>
  toldMessage({ kind: 'pseudonyms', to, service: 'reporting', about: '', step, done: 0, total: null });

/** Takes over what verification tells of a rotation of the pseudonym key. Pairs count from the commit on, wherever a key is read. */
export function consumeFollows(parts: FollowParts & { wake(): void }): Promise<LogConsumer> {
  return consumeInTransaction({
    log: parts.log,
    pool: parts.pool,
    logger: parts.logger,
    group: KEYS_GROUP,
    topics: [TOPICS.pseudonyms.name],
    quiet: true,
    async apply(client, fresh, context) {
      for (const { value: act } of context.decodeOrDeadLetter(fresh, readMessage)) await act?.(client);
    },
    afterCommit: () => parts.wake(),
  });
}

/** What a message makes the ledger do; null: nothing. */
function readMessage(message: LogMessage): ((client: Client) => Promise<void>) | null {
  const event = decodeEvent(message.value);
  if (event.type === 'pseudonyms.told') return null;
  if (event.type === 'pseudonyms.follow') {
    const { pairs } = readFollow(event.payload);
    return (client) => addFollowed(client, pairs);
  }
  if (event.type !== 'pseudonyms.step') throw new MalformedEvent('UNKNOWN_TYPE', event.type);
  const { to, step, reports } = readRotationPayload(rotationStepSchema, event.payload);
  if (step === 'followed') return (client) => enqueue(client, [word(to, 'followed')]);
  return step === 'drained' ? (client) => addRotation(client, to, reports) : null;
}

/**
 * One bounded step of giving the ledger its new keys, once everything under the old ones has been read. What the rates count is the same
 * before, between and after the steps. True: there is more to do at once.
 */
export async function rekeyStep({ pool, log, stepChunks }: FollowParts): Promise<boolean> {
  if (!(await anyDrained(pool))) return false;
  return await inTransaction(pool, async (client) => {
    await allowLonger(client, 600);
    const rotation = await lockDrained(client);
    if (rotation === null) return false;
    if (rotation.afterChunk === 0) {
      if (!(await haveReached(client, LEDGER_GROUP, rotation.reports))) return false;
      if (!(await haveReached(client, ENDINGS_GROUP, await endsOf(log, TOPICS.endings.name)))) return false;
    }
    if (await rekeyChunks(client, rotation, stepChunks ?? STEP_CHUNKS)) return true;
    await endRotation(client, rotation.to);
    await enqueue(client, [word(rotation.to, 'cleared')]);
    return true;
  });
}

export interface Following {
  readonly joined: Promise<void>;
  /** Ends after the step under way. */
  close(): Promise<void>;
}

/** Follows rotations of the pseudonym key until it is closed. */
export async function startFollowing(parts: FollowParts): Promise<Following> {
  let closing = false;
  let woken = false;
  let endPause: () => void = () => undefined;
  const relay = startRelay(parts);
  const wake = () => {
    woken = true;
    endPause();
    relay.wake();
  };
  const consumer = await consumeFollows({ ...parts, wake }).catch(async (error: unknown) => {
    await relay.stop();
    throw error;
  });
  const running = (async () => {
    while (!closing) {
      woken = false;
      const more = await rekeyStep(parts).catch((error: unknown) => {
        parts.logger.error({ err: error }, 'giving the ledger its new keys failed; it is tried again');
        return false;
      });
      if (more) relay.wake();
      if (more || woken || closing) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        endPause = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();
  return {
    joined: consumer.joined,
    async close() {
      closing = true;
      endPause();
      await consumer.close();
      await running;
      await relay.stop();
    },
  };
}
