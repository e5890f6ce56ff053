import { decodeEvent, type LoadMarker, loadMarkerSchema, MalformedEvent, TOPICS } from '@hedui/contracts';
import { advance, type EventLog, type LogConsumer, type LogMessage, readPositions } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { inTransaction, type Pool } from '@hedui/postgres';
import { markApplied } from '../db/loads.js';
import { readEpoch } from '../db/state.js';

export interface AppliedParts {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  source: string;
  group: string;
}

/**
 * Hears from the matcher which loads it has applied whole. Loads pass every partition in their order, so the newest one
 * speaks for those before it.
 */
export function consumeApplied(parts: AppliedParts): Promise<LogConsumer> {
  const { pool, group } = parts;
  return parts.log.consume({
    group,
    topics: [TOPICS.coverage.name],
    positions: () => readPositions(pool, group),
    async handler(batch) {
      await inTransaction(pool, async (client) => {
        const from = await advance(client, group, batch);
        const epoch = await readEpoch(client);
        for (const message of batch.messages) {
          if (message.offset < from) continue;
          const applied = readApplied(message, parts);
          if (applied?.marker.epoch === epoch) {
            await markApplied(client, applied.marker.recordType, applied.marker.seq, applied.at);
          }
        }
      });
    },
  });
}

/** Null for what is not said to this source. */
function readApplied(message: LogMessage, parts: AppliedParts): { marker: LoadMarker; at: Date } | null {
  try {
    const event = decodeEvent(message.value);
    if (event.type !== 'load.applied') return null;
    const marker = loadMarkerSchema.safeParse(event.payload);
    if (!marker.success) throw new MalformedEvent('BAD_PAYLOAD', 'load.applied');
    return marker.data.source === parts.source ? { marker: marker.data, at: new Date(event.occurredAt) } : null;
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
