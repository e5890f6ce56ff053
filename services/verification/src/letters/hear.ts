import { decodeEvent, type LetterTold, MalformedEvent, readLetterTold, TOPICS } from '@hedui/contracts';
import { consumeInTransaction, type EventLog, type LogConsumer, type LogMessage } from '@hedui/event-log';
import type { Client } from '@hedui/postgres';
import {
  countDropped,
  dropHouseholds,
  dropWholeChunk,
  hasOpenLetters,
  lockChunkOfLetter,
  putChunkLetter,
  recountStuck,
  sendChunkAgain,
} from '../db/letters.js';
import type { Deps } from '../deps.js';
import { publishPoliciesAgain } from '../policies/publish-again.js';

export const LETTERS_GROUP = 'verification.letters';

/**
 * Hears which chunks and policies became dead letters and what was decided: a batch shows how many of its households are stuck, an origin
 * makes again what is to be made again, and what was discarded is counted as dropped, never silently.
 */
export function hearLetters(deps: Deps, log: EventLog): Promise<LogConsumer> {
  return consumeInTransaction({
    log,
    pool: deps.pool,
    logger: deps.logger,
    group: LETTERS_GROUP,
    topics: [TOPICS.mending.name],
    async apply(client, fresh, context) {
      const changed: string[] = [];
      for (const { value: told } of context.decodeOrDeadLetter(fresh, readMessage)) {
        changed.push(...(await takeLetter(client, told)));
      }
      return changed;
    },
    afterCommit(changed) {
      deps.changes.announce(changed);
      deps.wakeSenders();
    },
  });
}

function readMessage(message: LogMessage): LetterTold {
  const event = decodeEvent(message.value);
  if (event.type !== 'letter.told') throw new MalformedEvent('UNKNOWN_TYPE', event.type);
  return readLetterTold(event.payload);
}

/** Ids of the chunk and the batch that changed. */
async function takeLetter(client: Client, told: LetterTold): Promise<string[]> {
  const { about, state } = told;
  if (about.kind === 'policies' && state === 'again') await publishPoliciesAgain(client);
  if (about.kind !== 'chunk') return [];
  const chunk = await lockChunkOfLetter(client, about.chunkId);
  // A replay, or a chunk of a database that was restored: nothing waits for it here.
  if (chunk === null) return [];
  const { no, id, batchId } = chunk;
  await putChunkLetter(client, no, told);
  const underWay = chunk.state === 'ready' || chunk.state === 'sent';
  if (underWay && state === 'discarded') {
    const dropped = await dropHouseholds(client, no, about.place === null ? null : [about.place]);
    if (batchId !== null && dropped > 0) await countDropped(client, batchId, dropped);
    await dropWholeChunk(client, no);
  }
  // The others of a chunk are asked about again when nothing of it waits for a decision any more.
  const again =
    state === 'again' || (state === 'discarded' && about.place !== null && !(await hasOpenLetters(client, no)));
  if (underWay && again) await sendChunkAgain(client, no);
  if (batchId !== null) await recountStuck(client, [batchId]);
  return batchId === null ? [id] : [id, batchId];
}
