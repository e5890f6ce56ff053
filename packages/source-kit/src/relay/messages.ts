import {
  coverageKey,
  type DeadLetter,
  encodeEvent,
  isSealedText,
  keyFromBytes,
  type LoadMarker,
  markerKey,
  type NameKey,
  type PersonKey,
  partitionOfPerson,
  recordTopic,
  SCHEMA_VERSION,
  type SliceRecord,
  type SliceValue,
  slicePayload,
  TOPICS,
  unpack,
} from '@hedui/contracts';
import type { OutgoingMessage } from '@hedui/event-log';
import type { PendingSlice, SliceEntry } from '../db/pending.js';
import type { RecordTypeDefinition } from '../definition.js';
import { keptPlaces } from '../intake/record-ids.js';
import { packerOf } from './packed-slice.js';
import type { SendingContext } from './sending-context.js';

export type { SendingContext };

/** The message that replaces a person's slice. The same slice keeps its event id however often it is sent. */
export function sliceMessage(context: SendingContext, slice: PendingSlice): OutgoingMessage {
  const person = keyFromBytes<PersonKey>(slice.personKey);
  return {
    topic: recordTopic(context.source, context.type.type).name,
    partition: partitionOfPerson(person),
    key: slice.personKey,
    value: packerOf(context)(slice, person) ?? sliceEvent(context, slice, person),
  };
}

/** The event of any slice, from its fields. */
export function sliceEvent(context: SendingContext, slice: PendingSlice, person: PersonKey): Buffer {
  const { source, type, epoch } = context;
  const names: NameKey[] = [];
  const nameAt = new Map<string, number>();
  const records = readableEntries(context, slice.entries).map((entry): SliceRecord => {
    const name = keyFromBytes<NameKey>(entry.nameKey);
    let at = nameAt.get(name);
    if (at === undefined) {
      at = names.push(name) - 1;
      nameAt.set(name, at);
    }
    return [at, ...placed(type, entry)];
  });
  const payload = slicePayload({ source, recordType: type.type, epoch, counter: slice.counter, names, records });
  return encodeEvent({
    id: `${source}.${type.type}.${epoch}.${slice.counter}.${person}`,
    type: 'record.slice',
    schemaVersion: SCHEMA_VERSION,
    producedBy: context.producedBy,
    occurredAt: context.now,
    correlationId: context.correlationId,
    payload,
  });
}

/** What a broker adds to a message, generously. */
const OVERHEAD_BYTES = 1024;

/**
 * The message of a slice, or, when no topic takes it (hundreds of thousands of records of one person: a placeholder number in
 * the department's file), a dead letter in its place, so that one such person does not stop everybody else's.
 */
export function sliceOrDeadLetter(context: SendingContext, slice: PendingSlice, maxBytes: number): OutgoingMessage {
  const message = sliceMessage(context, slice);
  if (message.value.length + OVERHEAD_BYTES <= maxBytes) return message;
  const letter: DeadLetter = {
    topic: message.topic,
    partition: message.partition,
    offset: '-',
    consumer: context.producedBy,
    reason: `SLICE_TOO_LARGE: ${slice.entries.length} records`,
    value: Uint8Array.from(slice.personKey),
    key: Uint8Array.from(slice.personKey),
  };
  const value = encodeEvent({
    id: `dead.${context.source}.${context.type.type}.${context.epoch}.${slice.counter}.${slice.personKey.toString('hex')}`,
    type: 'dead.letter',
    schemaVersion: SCHEMA_VERSION,
    producedBy: context.producedBy,
    occurredAt: context.now,
    correlationId: context.correlationId,
    payload: letter,
  });
  return { topic: TOPICS.deadLetter.name, partition: 0, key: slice.personKey, value };
}

/** An entry with its fields unpacked, in the forms in which they travel. */
interface ReadableEntry extends Pick<SliceEntry, 'nameKey' | 'otherPersonKey'> {
  kept: SliceValue[];
}

/**
 * Opens the fields of a slice. The database put the records in order by what it holds; where it holds a sealed id, only here can be
 * told where the record belongs: by its day, then by its id in clear, by code point, which is the order of UTF-8 bytes too.
 */
function readableEntries(
  { type, ids }: Pick<SendingContext, 'type' | 'ids'>,
  entries: readonly SliceEntry[],
): ReadableEntry[] {
  const { freeTexts, idAt, dayAt } = keptPlaces(type);
  let inOrder = true;
  const read = entries.map(({ nameKey, otherPersonKey, blind }) => {
    const kept = unpack(blind) as SliceValue[];
    if (!Array.isArray(kept)) throw new TypeError('a record does not hold its fields');
    let clear = '';
    for (const at of freeTexts) {
      const stored = kept[at];
      if (typeof stored !== 'string') continue;
      if (at === idAt) clear = stored;
      if (!isSealedText(stored)) continue;
      if (at === idAt) {
        clear = ids.open(stored);
        inOrder = false;
      }
      kept[at] = ids.travelling(stored);
    }
    return { nameKey, otherPersonKey, kept, clear };
  });
  if (inOrder) return read;
  const day = ({ kept }: ReadableEntry): number => Number(dayAt < 0 ? 0 : kept[dayAt]);
  return read
    .map((entry) => ({ ...entry, bytes: Buffer.from(entry.clear) }))
    .sort((a, b) => day(a) - day(b) || Buffer.compare(a.bytes, b.bytes));
}

/** The fields of one record as they travel. */
export function sliceFields(of: Pick<SendingContext, 'type' | 'ids'>, entry: SliceEntry): SliceValue[] {
  return readableEntries(of, [entry]).flatMap((read) => placed(of.type, read));
}

/** The fields of a record in the order of the definition, with the other person put in its place. */
function placed(type: RecordTypeDefinition, { kept, otherPersonKey }: ReadableEntry): SliceValue[] {
  let at = 0;
  return type.blind.map((field) => (field.as === 'otherPerson' ? otherPersonKey : (kept[at++] as SliceValue)));
}

/** A marker for every partition of the record topic. */
export function markerMessages(
  context: SendingContext,
  phase: 'load.begin' | 'load.complete',
  marker: LoadMarker,
): OutgoingMessage[] {
  const topic = recordTopic(context.source, context.type.type);
  const value = markerEvent(context, phase, marker);
  const key = markerKey(phase, marker.scope);
  return Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition, key, value }));
}

/** What tells everybody that a load is complete in its source. */
export function coverageMessage(context: SendingContext, marker: LoadMarker): OutgoingMessage {
  return {
    topic: TOPICS.coverage.name,
    partition: 0,
    key: coverageKey('load.complete', marker),
    value: markerEvent(context, 'load.complete', marker),
  };
}

function markerEvent(context: SendingContext, phase: 'load.begin' | 'load.complete', marker: LoadMarker): Buffer {
  return encodeEvent({
    id: `${phase}.${marker.loadId}.${marker.epoch}`,
    type: phase,
    schemaVersion: SCHEMA_VERSION,
    producedBy: context.producedBy,
    occurredAt: context.now,
    correlationId: context.correlationId,
    payload: marker,
  });
}
