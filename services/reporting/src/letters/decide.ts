import { actorOf, recordAudit } from '@hedui/audit';
import {
  type Caller,
  type CorrelationId,
  type DeadLetterView,
  type Discard,
  type LetterTold,
  letterToldMessage,
  MalformedEvent,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type ApplyContext, enqueue, type LogMessage } from '@hedui/event-log';
import { type Client, inTransaction, type Pool } from '@hedui/postgres';
import { decideLetter, lockLetter, type StoredLetter } from '../db/dead-letters.js';
import { applyReports, LEDGER_GROUP } from '../ledger/apply.js';
import { applyEndings, ENDINGS_GROUP } from '../ledger/apply-endings.js';

/** Who decides. */
export interface Act {
  caller: Caller;
  correlationId: CorrelationId;
}

type Apply = (
  client: Client,
  fresh: readonly LogMessage[],
  context: Pick<ApplyContext, 'decodeOrDeadLetter'>,
) => Promise<unknown>;

/** What this service itself refused it can be given again. */
const OWN: Readonly<Record<string, Apply>> = { [LEDGER_GROUP]: applyReports, [ENDINGS_GROUP]: applyEndings };

const isMendable = ({ about }: StoredLetter) => about.kind !== 'nothing';
const isOwn = ({ consumer, cut }: StoredLetter) => consumer in OWN && !cut;

/** A letter as callers see it: nothing of what it holds. */
export function viewOf(letter: StoredLetter): DeadLetterView {
  const { discardReason, discardReference } = letter;
  return {
    id: letter.id,
    topic: letter.topic,
    partition: letter.partition,
    offset: letter.offset,
    consumer: letter.consumer,
    reason: letter.reason,
    about: letter.about,
    eventType: letter.eventType,
    correlationId: letter.correlationId,
    size: letter.size,
    at: letter.occurredAt.toISOString(),
    times: letter.times,
    state: letter.state,
    replayable: isOwn(letter) || isMendable(letter),
    mendable: isMendable(letter),
    decidedBy: letter.decidedBy,
    decidedAt: letter.decidedAt?.toISOString() ?? null,
    decision:
      discardReason === null
        ? null
        : { reason: discardReason, ...(discardReference === null ? {} : { reference: discardReference }) },
  };
}

/** Throws HeduiError NOT_FOUND, and STATE_CONFLICT for a letter that was discarded. */
async function lockOpen(client: Client, id: string): Promise<StoredLetter & { value: Buffer }> {
  const letter = await lockLetter(client, id);
  if (letter === null) throw new HeduiError('NOT_FOUND');
  if (letter.state === 'discarded') throw new HeduiError('STATE_CONFLICT', { detail: 'the letter was discarded' });
  return letter;
}

async function settle(
  client: Client,
  letter: StoredLetter,
  decision: { state: 'replayed' | 'mended' | 'discarded'; told: LetterTold['state']; discard: Discard | null },
  { caller, correlationId }: Act,
): Promise<StoredLetter> {
  const { id, about, reason } = letter;
  const decided = await decideLetter(client, id, { ...decision, by: actorOf(caller).subject });
  if (about.kind !== 'nothing') {
    const told: LetterTold = { letterId: id, state: decision.told, about, reason };
    await enqueue(client, [letterToldMessage(told, 'reporting', Date.now(), correlationId)]);
  }
  await recordAudit(client, {
    action: `dead_letter.${decision.state}`,
    actor: actorOf(caller),
    object: { kind: 'dead-letter', id },
    correlationId,
    details: {
      topic: letter.topic,
      consumer: letter.consumer,
      reason: decision.discard?.reason ?? null,
      reference: decision.discard?.reference ?? null,
    },
  });
  return decided;
}

/**
 * Processes a letter again: what this service refused is applied from the letter's own bytes; what another one refused its origin publishes
 * again. Throws HeduiError NOT_FOUND; STATE_CONFLICT when it was discarded, still cannot be processed, or nobody can.
 */
export async function replayLetter(pool: Pool, id: string, act: Act): Promise<StoredLetter> {
  return await inTransaction(pool, async (client) => {
    const letter = await lockOpen(client, id);
    if (isOwn(letter)) {
      await applyAgain(client, letter);
      return await settle(client, letter, { state: 'replayed', told: 'replayed', discard: null }, act);
    }
    if (!isMendable(letter)) throw new HeduiError('STATE_CONFLICT', { detail: 'nobody can tell what this was' });
    return await settle(client, letter, { state: 'replayed', told: 'again', discard: null }, act);
  });
}

async function applyAgain(client: Client, letter: StoredLetter & { value: Buffer }): Promise<void> {
  const { value, occurredAt, consumer } = letter;
  const message = { offset: BigInt(letter.offset ?? 0), key: Buffer.alloc(0), value, timestamp: occurredAt.getTime() };
  try {
    await OWN[consumer]?.(client, [message], {
      decodeOrDeadLetter: (messages, open) => messages.map((one) => ({ message: one, value: open(one) })),
    });
  } catch (error) {
    if (!(error instanceof MalformedEvent)) throw error;
    throw new HeduiError('STATE_CONFLICT', { detail: `it still cannot be processed: ${error.reason}` });
  }
}

/** Lets the origin make it anew. Throws HeduiError NOT_FOUND, STATE_CONFLICT. */
export async function mendLetter(pool: Pool, id: string, act: Act): Promise<StoredLetter> {
  return await inTransaction(pool, async (client) => {
    const letter = await lockOpen(client, id);
    if (!isMendable(letter)) throw new HeduiError('STATE_CONFLICT', { detail: 'nobody can tell what this was' });
    return await settle(client, letter, { state: 'mended', told: 'again', discard: null }, act);
  });
}

/** Gives it up; doing so again changes nothing. Throws HeduiError NOT_FOUND. */
export async function discardLetter(pool: Pool, id: string, discard: Discard, act: Act): Promise<StoredLetter> {
  return await inTransaction(pool, async (client) => {
    const letter = await lockLetter(client, id);
    if (letter === null) throw new HeduiError('NOT_FOUND');
    if (letter.state === 'discarded') return letter;
    return await settle(client, letter, { state: 'discarded', told: 'discarded', discard }, act);
  });
}
