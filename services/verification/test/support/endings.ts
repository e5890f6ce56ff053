import { decodeEvent, type HouseholdEnding, readHouseholdEnding, TOPICS } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';

/** Collects what the ledger would hear of households whose authorisation ended. */
export async function listenForEndings(log: EventLog): Promise<{ heard: HouseholdEnding[]; close(): Promise<void> }> {
  const heard: HouseholdEnding[] = [];
  const consumer = await log.consume({
    group: 'ledger',
    topics: [TOPICS.endings.name],
    positions: async () => [],
    handler: async (batch) => {
      for (const message of batch.messages) heard.push(readHouseholdEnding(decodeEvent(message.value).payload));
    },
  });
  return { heard, close: () => consumer.close() };
}
