import type { OutgoingMessage } from '@hedui/event-log';
import type { Client } from '@hedui/postgres';
import type { Sealer } from '@hedui/privacy';
import type { PendingSlice } from '../db/pending.js';
import { createRecordIds } from '../intake/record-ids.js';
import { type SendingContext, sliceOrDeadLetter } from '../relay/messages.js';
import { openRotation, sentVersion } from './db.js';
import type { OwnKeys } from './own-keys.js';
import { translateSlices } from './translate.js';

/** Makes the messages of slices under every version under which they are to be sent. */
export type SlicesUnderVersions = (slices: readonly PendingSlice[], maxBytes: number) => Promise<OutgoingMessage[]>;

/**
 * Under which versions slices are sent now: null when it is the one under which persons stand here, so that nothing is translated. To be
 * asked at the beginning of each pass of the relay, under its lock: a rotation changes the answer only while no relay is at work.
 */
export type SentVersions = (
  client: Client,
  context: SendingContext,
  typeId: number,
) => Promise<SlicesUnderVersions | null>;

export function sentVersions(own: OwnKeys, sealer: Sealer, digestKey: Buffer): SentVersions {
  return async (client, context, typeId) => {
    const sent = await sentVersion(client);
    const rotation = await openRotation(client);
    const doubled = rotation?.step === 'doubling' || rotation?.step === 'doubled' ? rotation.to : null;
    const versions = new Set([sent ?? own.version, ...(doubled === null ? [] : [doubled])]);
    if (versions.size === 1 && versions.has(own.version)) return null;
    const under = [...versions].map((version) => {
      const pseudonyms = own.pseudonyms.at(version);
      return { pseudonyms, context: { ...context, ids: createRecordIds(digestKey, pseudonyms) } };
    });
    return async (slices, maxBytes) => {
      const messages: OutgoingMessage[] = [];
      for (const { pseudonyms, context: versioned } of under) {
        const translated =
          pseudonyms.version === own.version
            ? slices
            : await translateSlices(client, { sealer, pseudonyms }, context.type, typeId, slices);
        for (const slice of translated) messages.push(sliceOrDeadLetter(versioned, slice, maxBytes));
      }
      return messages;
    };
  };
}
