import { decodeEvent, MalformedEvent, readLetterTold, TOPICS } from '@hedui/contracts';
import { consumeInTransaction, type EventLog, type LogConsumer, type LogMessage } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { allowLonger, type Client, type Pool } from '@hedui/postgres';
import { resendAll, resendPerson } from '../db/pending.js';

export interface MendingParts {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  group: string;
  source: string;
  /** The number of a record type; undefined: it is not of this source. */
  typeIds: ReadonlyMap<string, number>;
  wake(): void;
}

/** Hears which slices of this source are to be sent again, because what was sent became a dead letter. */
export function hearMending(parts: MendingParts): Promise<LogConsumer> {
  return consumeInTransaction({
    ...parts,
    topics: [TOPICS.mending.name],
    quiet: true,
    async apply(client, fresh, context) {
      let noted = 0;
      for (const { value: typeAndPerson } of context.decodeOrDeadLetter(fresh, (message) =>
        readMending(message, parts),
      )) {
        if (typeAndPerson === null) continue;
        await sendAgain(client, typeAndPerson);
        noted++;
      }
      return noted;
    },
    afterCommit(noted) {
      if (noted === 0) return;
      parts.logger.warn({ noted }, 'slices are sent again, as was decided on dead letters');
      parts.wake();
    },
  });
}

interface Mending {
  typeId: number;
  /** Null: everybody. */
  person: Buffer | null;
}

function readMending(message: LogMessage, { source, typeIds }: MendingParts): Mending | null {
  const event = decodeEvent(message.value);
  if (event.type !== 'letter.told') throw new MalformedEvent('UNKNOWN_TYPE', event.type);
  const { about, state } = readLetterTold(event.payload);
  if (state !== 'again' || about.kind !== 'slice' || about.source !== source) return null;
  const typeId = typeIds.get(about.recordType);
  if (typeId === undefined) return null;
  return { typeId, person: about.person === null ? null : Buffer.from(about.person, 'hex') };
}

/** A person who does not stand here under this key may travel under another version of it: then everybody is sent again. */
async function sendAgain(client: Client, { typeId, person }: Mending): Promise<void> {
  if (person !== null && (await resendPerson(client, typeId, person))) return;
  await allowLonger(client, 1800);
  await resendAll(client, typeId);
}
