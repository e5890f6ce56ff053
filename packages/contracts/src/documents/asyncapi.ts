import { z } from 'zod';
import { EVENT_TYPES, type EventType, SCHEMA_VERSION } from '../envelope.js';
import { letterToldSchema } from '../letters.js';
import {
  followSchema,
  personMovedSchema,
  rotationMarkSchema,
  rotationStepSchema,
  rotationToldSchema,
} from '../pseudonym-events.js';
import { RECORD_TYPES } from '../registry.js';
import {
  deadLetterSchema,
  loadMarkerSchema,
  policyPublishedSchema,
  recordTopic,
  TOPICS,
  type TopicSpec,
} from '../topics.js';
import { createSchemaCollector, type Json, type JsonObject } from './json-schemas.js';

/** Payloads that are read by a decoder of their own: the inner loop has no room for a schema. */
const slice = z
  .tuple([z.string(), z.string(), z.int(), z.int(), z.instanceof(Uint8Array), z.array(z.array(z.unknown()))])
  .describe(
    'source, record type, epoch, counter, name keys (16 bytes each), records ([index of the name, ...fields]). All current ' +
      'records of one type of one person; a newer slice (epoch, then counter) replaces an older one whole.',
  );
const chunk = (what: string) => z.array(z.unknown()).describe(`${what}; households are packed and deflated together`);

const PAYLOADS: Record<EventType, { title: string; schema: z.ZodType }> = {
  'record.slice': { title: '一人一类的当前记录 / current records of one type of one person', schema: slice },
  'load.begin': { title: '装载开始 / a load begins, in every partition', schema: loadMarkerSchema },
  'load.complete': {
    title: '装载完成 / a load is whole, in every partition and on the coverage topic',
    schema: loadMarkerSchema,
  },
  'load.applied': { title: '装载已应用 / the matcher has applied a load', schema: loadMarkerSchema },
  'policy.published': { title: '政策已发布 / a policy version', schema: policyPublishedSchema },
  'verification.requested': {
    title: '待核对家庭 / households to verify',
    schema: chunk('chunk id, batch id, as-of day, policy, households under pseudonyms with declared figures, purpose'),
  },
  'verification.reported': {
    title: '核对结果 / reports; the first of a chunk wins',
    schema: chunk(
      'chunk id, batch id, as-of day, policy, engine version, time, assessments, purpose, basis (what they were computed from)',
    ),
  },
  'verification.ended': {
    title: '授权终止 / a household whose authorisation ended; it is left out of the rates',
    schema: z
      .array(z.unknown())
      .describe('chunk id, batch id, index, reason, as-of day, applicant key, programme, verification type, region'),
  },
  'person.moved': {
    title: '假名已更换 / this person’s slice lives under another key now',
    schema: personMovedSchema,
  },
  'pseudonyms.mark': {
    title: '假名密钥轮换标记 / a step of a rotation has passed, in every partition',
    schema: rotationMarkSchema,
  },
  'pseudonyms.step': { title: '轮换步骤 / a step of the rotation of the pseudonym key', schema: rotationStepSchema },
  'pseudonyms.follow': {
    title: '新旧假名 / old and new keys of applicants, 16 bytes each',
    schema: followSchema,
  },
  'pseudonyms.told': { title: '轮换进度 / how far a service is', schema: rotationToldSchema },
  'dead.letter': { title: '未能处理 / what could not be processed, and why', schema: deadLetterSchema },
  'letter.told': { title: '死信处置 / what became of a dead letter', schema: letterToldSchema },
};

const MARKERS: readonly EventType[] = ['load.begin', 'load.complete'];

interface Channel {
  id: string;
  topic: TopicSpec;
  title: string;
  key: string;
  events: readonly EventType[];
}

const CHANNELS: readonly Channel[] = [
  ...RECORD_TYPES.map(({ source, type }) => ({
    id: `${source}.${type}`,
    topic: recordTopic(source, type),
    title: `Slices of ${source}/${type}`,
    key: '16 bytes: the person key; markers have text keys',
    events: ['record.slice', ...MARKERS, 'person.moved', 'pseudonyms.mark'] as const,
  })),
  {
    id: 'coverage',
    topic: TOPICS.coverage,
    title: 'Loads',
    key: 'type:source:recordType:scope',
    events: ['load.complete', 'load.applied'],
  },
  { id: 'policies', topic: TOPICS.policies, title: 'Policies', key: 'id@version', events: ['policy.published'] },
  {
    id: 'requests',
    topic: TOPICS.requests,
    title: 'Chunks of batches',
    key: 'chunk id',
    events: ['verification.requested'],
  },
  {
    id: 'requestsOnline',
    topic: TOPICS.requestsOnline,
    title: 'Single checks',
    key: 'chunk id',
    events: ['verification.requested'],
  },
  {
    id: 'reports',
    topic: TOPICS.reports,
    title: 'Reports of batches',
    key: 'chunk id',
    events: ['verification.reported'],
  },
  {
    id: 'reportsOnline',
    topic: TOPICS.reportsOnline,
    title: 'Reports of single checks',
    key: 'chunk id',
    events: ['verification.reported'],
  },
  {
    id: 'endings',
    topic: TOPICS.endings,
    title: 'Households whose authorisation ended',
    key: 'chunk id',
    events: ['verification.ended'],
  },
  {
    id: 'pseudonyms',
    topic: TOPICS.pseudonyms,
    title: 'Rotation of the pseudonym key',
    key: 'the event’s id',
    events: ['pseudonyms.step', 'pseudonyms.follow', 'pseudonyms.told'],
  },
  {
    id: 'mending',
    topic: TOPICS.mending,
    title: 'What became of dead letters',
    key: 'id of the letter',
    events: ['letter.told'],
  },
  { id: 'deadLetter', topic: TOPICS.deadLetter, title: 'Dead letters', key: 'origin', events: ['dead.letter'] },
];

const messageName = (event: EventType) => event.replace('.', '-');

function message(event: EventType, payload: Json): JsonObject {
  return {
    name: event,
    title: PAYLOADS[event].title,
    contentType: 'application/vnd.msgpack',
    payload: {
      description: 'MessagePack array: schemaVersion, type, id, producedBy, occurredAt (ms), correlationId, payload',
      type: 'array',
      items: [
        { type: 'integer', const: SCHEMA_VERSION },
        { type: 'string', const: event },
        { type: 'string' },
        { type: 'string' },
        { type: 'integer' },
        { type: 'string' },
        payload,
      ],
      additionalItems: false,
    },
  };
}

function channel({ topic, title, key, events }: Channel): JsonObject {
  const messages = events.map((event): [string, Json] => [
    messageName(event),
    { $ref: `#/components/messages/${messageName(event)}` },
  ]);
  return {
    address: topic.name,
    title,
    description:
      `${topic.partitions} partition(s), ${topic.compacted ? 'compacted' : 'not compacted'}, ` +
      `${topic.retentionMs < 0 ? 'kept for ever' : `kept ${topic.retentionMs / 86_400_000} days`}, messages up to ${topic.maxMessageBytes} bytes. Key: ${key}.`,
    messages: Object.fromEntries(messages),
  };
}

/** The AsyncAPI 3.0 document of the event log. It names only pseudonyms: nothing on these topics names a person. */
export function asyncApiDocument(version: string): JsonObject {
  const schemas = createSchemaCollector({ closed: true });
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Hedui events',
      version,
      description:
        'What the services of the mesh tell each other. Persons and names are pseudonyms (16 bytes); identity numbers and names never travel here.',
    },
    defaultContentType: 'application/vnd.msgpack',
    channels: Object.fromEntries(CHANNELS.map((one): [string, Json] => [one.id, channel(one)])),
    operations: Object.fromEntries(
      CHANNELS.map(({ id }): [string, Json] => [
        `publish.${id}`,
        { action: 'send', channel: { $ref: `#/channels/${id}` } },
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        EVENT_TYPES.map((event): [string, Json] => [
          messageName(event),
          message(event, schemas.add(PAYLOADS[event].schema, 'output')),
        ]),
      ),
    },
  };
}
