import { decodeEvent, type HouseholdEnding, MalformedEvent, readHouseholdEnding } from '@hedui/contracts';
import type { ApplyContext, LogMessage } from '@hedui/event-log';
import type { Client } from '@hedui/postgres';
import { issueNumber } from '../db/chunks.js';
import { addEnding } from '../db/endings.js';

export const ENDINGS_GROUP = 'reporting.endings';

/**
 * Notes households whose authorisation ended, in the transaction that moved the position; how many were new. Whether their reports
 * have come, will come or never come makes no difference.
 */
export async function applyEndings(
  client: Client,
  fresh: readonly LogMessage[],
  context: Pick<ApplyContext, 'decodeOrDeadLetter'>,
): Promise<number> {
  let added = 0;
  for (const { value: ending } of context.decodeOrDeadLetter(fresh, readMessage)) {
    const issueNo = await issueNumber(client, ending.batchId ?? ending.chunkId);
    if (await addEnding(client, ending, issueNo)) added++;
  }
  return added;
}

function readMessage(message: LogMessage): HouseholdEnding {
  const event = decodeEvent(message.value);
  if (event.type !== 'verification.ended') throw new MalformedEvent('UNKNOWN_TYPE', event.type);
  return readHouseholdEnding(event.payload);
}
