/**
 * Sends what the database has noted, load by load in the order in which they took effect:
 *
 *   begin to every partition ─▶ the slices of all who wait since this load or before ─▶ complete to every partition,
 *   then to the coverage topic ─▶ the load is marked as sent
 *
 * What is sent is forgotten only after the log has it, and only if it did not change meanwhile: a crash anywhere repeats
 * messages and loses none. A slice is built from the records as they are when it is sent.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CorrelationId, LoadMarker } from '@hedui/contracts';
import { recordTopic } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import type { Client, Pool } from '@hedui/postgres';
import { allowLonger, inTransaction } from '@hedui/postgres';
import { count } from '@hedui/telemetry';
import { firstFullSeq, type LoadRow, markSent, nextToSend } from '../db/loads.js';
import {
  anyPending,
  forgetPending,
  type PendingSlice,
  readPendingSlices,
  resendAll,
  sentGeneration,
  writeGeneration,
} from '../db/pending.js';
import { readEpoch } from '../db/state.js';
import type { RecordTypeDefinition } from '../definition.js';
import type { RecordIds } from '../intake/record-ids.js';
import type { SentVersions, SlicesUnderVersions } from '../rotation/versions.js';
import { coverageMessage, markerMessages, type SendingContext, sliceOrDeadLetter } from './messages.js';

export interface RelayParts {
  log: EventLog;
  logger: Logger;
  source: string;
  producedBy: string;
  signal: AbortSignal;
  now: () => number;
  ids: RecordIds;
  /** Where slices are sent under another version than persons stand under here, or under two. */
  versions: SentVersions | null;
}

/** Persons whose slices are built by one query and published together. */
const BATCH_PERSONS = 4000;
const LOCKED_PAUSE_MS = 200;

/** Sends the next load of a record type; false when there is none. `client` holds the lock that makes this relay the only one. */
export async function sendNext(
  parts: RelayParts,
  client: Client,
  type: RecordTypeDefinition,
  typeId: number,
): Promise<boolean> {
  const load = await nextToSend(client, typeId);
  if (load?.seq == null) return false;
  const epoch = await readEpoch(client);
  const context: SendingContext = {
    source: parts.source,
    type,
    producedBy: parts.producedBy,
    epoch,
    correlationId: load.correlationId as CorrelationId,
    now: parts.now(),
    ids: parts.ids,
  };
  const marker = await markerOf(client, parts.source, load, load.seq, epoch);
  await parts.log.publish(markerMessages(context, 'load.begin', marker));
  const send = parts.versions ? await parts.versions(client, context, typeId) : null;
  await sendSlices(parts, client, context, typeId, load.seq, send);
  await parts.log.publish(markerMessages(context, 'load.complete', marker));
  await parts.log.publish([coverageMessage(context, marker)]);
  await markSent(client, load.no);
  return true;
}

async function markerOf(
  client: Client,
  source: string,
  load: LoadRow,
  seq: number,
  epoch: number,
): Promise<LoadMarker> {
  const { id, recordType, scope, asOf, mode, typeId } = load;
  const first = await firstFullSeq(client, typeId, scope, seq);
  return { loadId: id, source, recordType, scope, asOf, mode, seq, epoch, firstFullSeq: first };
}

/** While one batch is on its way to the log, the next one is built. */
async function sendSlices(
  parts: RelayParts,
  client: Client,
  context: SendingContext,
  typeId: number,
  seq: number,
  under: SlicesUnderVersions | null,
): Promise<void> {
  const { name, maxMessageBytes } = recordTopic(context.source, context.type.type);
  do {
    let after: Uint8Array = Buffer.alloc(0);
    let forgotAll = true;
    let sending: { slices: PendingSlice[]; done: Promise<unknown> } | null = null;
    for (;;) {
      parts.signal.throwIfAborted();
      const slices = await readInOneState(client, typeId, seq, after).catch(async (error: unknown) => {
        await sending?.done;
        throw error;
      });
      if (sending) {
        const failure = await sending.done;
        if (failure) throw failure;
        forgotAll = (await forgetPending(client, typeId, sending.slices)) === sending.slices.length && forgotAll;
      }
      const last = slices.at(-1);
      if (!last) break;
      after = last.personKey;
      const messages = under
        ? await under(slices, maxMessageBytes)
        : slices.map((slice) => sliceOrDeadLetter(context, slice, maxMessageBytes));
      const letters = messages.filter((message) => message.topic !== name).length;
      if (letters > 0) {
        parts.logger.error({ letters, topic: name }, 'slices are too large: sent to the dead letters');
        count('deadLetters', letters, { consumer: context.producedBy, reason: 'SLICE_TOO_LARGE' });
      }
      const done = parts.log.publish(messages).then(
        () => {
          count('slicesSent', slices.length, { source: context.source, type: context.type.type });
          return null;
        },
        (error: unknown) => error ?? new Error('publishing failed'),
      );
      sending = { slices, done };
    }
    // Rows that a load under way has locked, or that changed while they were on their way, come again.
    if (!forgotAll) await delay(LOCKED_PAUSE_MS, undefined, { signal: parts.signal });
  } while (await anyPending(client, typeId, seq));
}

/**
 * Along the indexes, whatever the statistics say: of a table that was filled a moment ago there are none, and the planner would gather and sort
 * all who wait for every few thousand of them.
 */
async function readInOneState(client: Client, typeId: number, seq: number, after: Uint8Array): Promise<PendingSlice[]> {
  await client.query(
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off',
  );
  const slices = await readPendingSlices(client, typeId, seq, after, BATCH_PERSONS);
  await client.query('COMMIT');
  return slices;
}

/** A topic that began a new life holds nothing of what was sent: everything is noted to be sent again. */
export async function noticeNewTopic(
  pool: Pool,
  log: EventLog,
  source: string,
  type: string,
  typeId: number,
): Promise<boolean> {
  const [partition] = await log.offsets(recordTopic(source, type).name);
  if (!partition) return false;
  return await inTransaction(pool, async (client) => {
    const known = await sentGeneration(client, typeId);
    if (known === partition.generation) return false;
    await allowLonger(client, 1800);
    if (known !== null) await resendAll(client, typeId);
    await writeGeneration(client, typeId, partition.generation);
    return known !== null;
  });
}
