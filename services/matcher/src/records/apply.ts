import { coverageKey, encodeEvent, type RotationMark, SCHEMA_VERSION, TOPICS, toldMessage } from '@hedui/contracts';
import { type ApplyContext, enqueue, type LogMessage, type OutgoingMessage } from '@hedui/event-log';
import type { Client } from '@hedui/postgres';
import {
  bumpCoverageVersion,
  lockCoverage,
  moveCoverage,
  noteAnnouncement,
  noteBegin,
  noteComplete,
  takeAnnouncements,
  topicsCaughtUp,
} from '../db/coverage.js';
import { catchUpOffset } from '../db/positions.js';
import { forgetMoved, putSlices } from '../db/profiles.js';
import { passRotationMark } from '../db/rotation.js';
import { type PassedMarker, type RecordTopic, readRecordBatch } from './read-batch.js';

export const RECORDS_GROUP = 'matcher.records';

/** What a batch of a record topic did. */
export interface Applied {
  slices: number;
  changed: number;
  markers: number;
  outgoing: OutgoingMessage[];
}

/**
 * Applies messages of a record topic in the transaction that moved its position. Slices come first: a marker in the same
 * batch speaks of slices before it, and a newer slice than the marker's does no harm. Redelivery changes nothing.
 */
export async function applyRecordBatch(
  client: Client,
  topic: RecordTopic,
  fresh: readonly LogMessage[],
  { batch, refuse }: Pick<ApplyContext, 'batch' | 'refuse'>,
): Promise<Applied> {
  const { slices, markers, moved, marks } = readRecordBatch(topic, fresh, refuse);
  const changed = await putSlices(client, topic.type, slices);
  await forgetMoved(client, topic.type, moved);
  const outgoing: OutgoingMessage[] = [];
  for (const mark of marks) outgoing.push(...(await passRotation(client, batch.partition, mark)));
  const catchUp = await catchUpOffset(client, RECORDS_GROUP, batch);
  // With this batch the partition has been read up to where it ended at the start.
  const reachedEnd = batch.from < catchUp && batch.next >= catchUp;
  if (markers.length > 0 || reachedEnd) {
    await lockCoverage(client, topic.source, topic.type);
    for (const passed of markers) await passMarker(client, batch.partition, passed);
    await bumpCoverageVersion(client);
    if ((await topicsCaughtUp(client, RECORDS_GROUP)).has(batch.topic)) {
      outgoing.push(...(await announce(client, topic)));
    }
  }
  await enqueue(client, outgoing);
  return { slices: slices.length, changed, markers: markers.length, outgoing };
}

/** When a mark of a rotation has come through every partition, so has everything before it: that is told. */
async function passRotation(client: Client, partition: number, mark: RotationMark): Promise<OutgoingMessage[]> {
  if (!(await passRotationMark(client, partition, mark))) return [];
  const { source, recordType, to, step } = mark;
  const about = `${source}/${recordType}`;
  return [toldMessage({ kind: 'pseudonyms', to, service: 'matcher', about, step, done: 0, total: null })];
}

/** One marker at a time, in order: so every load is noticed, also when a later one of its scope is right behind it. */
async function passMarker(client: Client, partition: number, passed: PassedMarker): Promise<void> {
  if (passed.phase === 'load.begin') return await noteBegin(client, partition, passed.marker);
  await noteComplete(client, partition, passed.marker);
  const applied = await moveCoverage(client, passed.marker);
  if (applied !== null) await noteAnnouncement(client, applied, passed.correlationId);
}

/** `load.applied` for every load of the record type that is applied and was not told yet. */
async function announce(client: Client, topic: RecordTopic): Promise<OutgoingMessage[]> {
  const announcements = await takeAnnouncements(client, topic.source, topic.type);
  return announcements.map(({ marker, correlationId }) => ({
    topic: TOPICS.coverage.name,
    partition: 0,
    key: coverageKey('load.applied', marker),
    value: encodeEvent({
      id: `applied:${marker.loadId}`,
      type: 'load.applied',
      schemaVersion: SCHEMA_VERSION,
      producedBy: 'matcher',
      occurredAt: Date.now(),
      correlationId,
      payload: marker,
    }),
  }));
}
