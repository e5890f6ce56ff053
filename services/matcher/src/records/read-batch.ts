import {
  type CorrelationId,
  decodeEvent,
  KEY_BYTES,
  keyFromBytes,
  type LoadMarker,
  loadMarkerSchema,
  MalformedEvent,
  type PersonKey,
  personMovedSchema,
  type RecordTypeName,
  type RotationMark,
  readRotationPayload,
  readSlicePayload,
  rotationMarkSchema,
} from '@hedui/contracts';
import type { LogMessage } from '@hedui/event-log';
import type { FoldedSlice } from '../db/profiles.js';
import { foldSlice } from './fold.js';

/** A marker of a load as it came through the partition. */
export interface PassedMarker {
  phase: 'load.begin' | 'load.complete';
  marker: LoadMarker;
  correlationId: CorrelationId;
}

/** What a batch of a record topic says. */
export interface RecordBatch {
  /** The newest slice of each person. */
  slices: FoldedSlice[];
  /** In the order of the partition. */
  markers: PassedMarker[];
  /** Persons whose slice lives under another key now: after them nothing comes under this one. */
  moved: PersonKey[];
  /** Marks of a rotation of the pseudonym key. */
  marks: RotationMark[];
}

export interface RecordTopic {
  source: string;
  type: RecordTypeName;
}

/** Reads messages of a record topic. Never throws on their content: what is not ours is refused. */
export function readRecordBatch(
  topic: RecordTopic,
  messages: readonly LogMessage[],
  refuse: (message: LogMessage, reason: string) => void,
): RecordBatch {
  const newest = new Map<PersonKey, FoldedSlice>();
  const result: RecordBatch = { slices: [], markers: [], moved: [], marks: [] };
  for (const message of messages) {
    try {
      const read = readMessage(topic, message);
      if ('marker' in read) result.markers.push(read);
      else if ('mark' in read) result.marks.push(read.mark);
      else if ('moved' in read) result.moved.push(read.moved);
      else if (isNewer(read, newest.get(read.person))) newest.set(read.person, read);
    } catch (error) {
      refuse(message, error instanceof MalformedEvent ? error.message : 'BAD_PAYLOAD');
    }
  }
  result.slices = [...newest.values()];
  return result;
}

function isNewer(slice: FoldedSlice, than: FoldedSlice | undefined): boolean {
  if (than === undefined) return true;
  return slice.epoch !== than.epoch ? slice.epoch > than.epoch : slice.counter > than.counter;
}

type ReadMessage = FoldedSlice | PassedMarker | { mark: RotationMark } | { moved: PersonKey };

function readMessage(topic: RecordTopic, message: LogMessage): ReadMessage {
  const event = decodeEvent(message.value);
  if (event.type === 'record.slice') {
    if (message.key.length !== KEY_BYTES) throw new MalformedEvent('BAD_PAYLOAD', 'a slice without a person');
    const slice = readSlicePayload(event.payload);
    if (slice.source !== topic.source || slice.recordType !== topic.type) {
      throw new MalformedEvent('BAD_PAYLOAD', 'a slice of another topic');
    }
    const { epoch, counter } = slice;
    return { person: keyFromBytes<PersonKey>(message.key), epoch, counter, facts: foldSlice(topic.type, slice) };
  }
  if (event.type === 'pseudonyms.mark') {
    const mark = readRotationPayload(rotationMarkSchema, event.payload);
    return { mark: { ...mark, ...ofTopic(topic, mark) } };
  }
  if (event.type === 'person.moved') {
    ofTopic(topic, readRotationPayload(personMovedSchema, event.payload));
    if (message.key.length !== KEY_BYTES) throw new MalformedEvent('BAD_PAYLOAD', 'a move without a person');
    return { moved: keyFromBytes<PersonKey>(message.key) };
  }
  if (event.type !== 'load.begin' && event.type !== 'load.complete') {
    throw new MalformedEvent('UNKNOWN_TYPE', event.type);
  }
  const marker = loadMarkerSchema.safeParse(event.payload);
  if (!marker.success || marker.data.source !== topic.source || marker.data.recordType !== topic.type) {
    throw new MalformedEvent('BAD_PAYLOAD', 'marker');
  }
  return { phase: event.type, marker: marker.data, correlationId: event.correlationId };
}

/** Throws MalformedEvent for what was said of another topic. */
function ofTopic(topic: RecordTopic, said: { source: string; recordType: string }): { recordType: RecordTypeName } {
  if (said.source !== topic.source || said.recordType !== topic.type) {
    throw new MalformedEvent('BAD_PAYLOAD', 'rotation of another topic');
  }
  return { recordType: topic.type };
}
