import { decodeEvent, type LoadMarker, loadMarkerSchema, MalformedEvent, TOPICS } from '@hedui/contracts';
import { advance, type EventLog, type LogConsumer, type LogMessage, readPositions } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { allowLonger, type Client, inTransaction, type Pool } from '@hedui/postgres';
import { markApplied } from '../db/loads.js';
import { resendAll } from '../db/pending.js';
import { beginEpochAfter, isKnownLoad, noteLostLoad } from '../db/restored.js';
import { readEpoch } from '../db/state.js';

export interface AppliedParts {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  source: string;
  group: string;
  typeIds: ReadonlyMap<string, number>;
}

/**
 * Hears from the matcher which loads it has applied whole, and from itself which it completed. Loads pass every partition in their order, so the newest one
 * speaks for those before it.
 */
export function consumeApplied(parts: AppliedParts): Promise<LogConsumer> {
  const { pool, group } = parts;
  return parts.log.consume({
    group,
    topics: [TOPICS.coverage.name],
    quiet: true,
    positions: () => readPositions(pool, group),
    async handler(batch) {
      await inTransaction(pool, async (client) => {
        const from = await advance(client, group, batch);
        const epoch = await readEpoch(client);
        const lost: LoadMarker[] = [];
        for (const message of batch.messages) {
          if (message.offset < from) continue;
          const told = readMarker(message, parts);
          if (told === null) continue;
          const { type, marker, at } = told;
          if (type === 'load.applied' && marker.epoch === epoch) {
            await markApplied(client, marker.recordType, marker.seq, at);
          }
          if (type === 'load.complete' && marker.epoch >= epoch && !(await isKnownLoad(client, marker.loadId))) {
            lost.push(marker);
          }
        }
        if (lost.length > 0) await recoverFrom(client, parts, lost);
      });
    },
  });
}

/**
 * The log knows loads that this source completed and that are not here: the database was restored from an older copy. It gets a new epoch,
 * so that what it sends is newer than what was lost, and sends everything again; records that only the topic has are reconciled.
 */
async function recoverFrom(client: Client, parts: AppliedParts, lost: readonly LoadMarker[]): Promise<void> {
  await allowLonger(client, 1800);
  for (const marker of lost) await noteLostLoad(client, marker);
  for (const typeId of parts.typeIds.values()) await resendAll(client, typeId);
  const epoch = await beginEpochAfter(client, Math.max(...lost.map((marker) => marker.epoch)));
  const loads = lost.map(({ loadId, recordType, scope }) => `${loadId} (${recordType} ${scope})`).slice(0, 20);
  parts.logger.error(
    { epoch, lost: lost.length, loads },
    'this database was restored from an older copy: everything is sent again under a new epoch; load these files again',
  );
}

type Told = { type: 'load.applied' | 'load.complete'; marker: LoadMarker; at: Date };

/** Null for what is not said to, or by, this source. */
function readMarker(message: LogMessage, parts: AppliedParts): Told | null {
  try {
    const event = decodeEvent(message.value);
    if (event.type !== 'load.applied' && event.type !== 'load.complete') return null;
    const marker = loadMarkerSchema.safeParse(event.payload);
    if (!marker.success) throw new MalformedEvent('BAD_PAYLOAD', event.type);
    const { type, occurredAt } = event;
    return marker.data.source === parts.source ? { type, marker: marker.data, at: new Date(occurredAt) } : null;
  } catch (error) {
    if (!(error instanceof MalformedEvent)) throw error;
    // The matcher, whose topic this is, sends it to the dead letters.
    parts.logger.warn(
      { reason: error.reason, offset: String(message.offset) },
      'a message on the coverage topic is not ours',
    );
    return null;
  }
}
