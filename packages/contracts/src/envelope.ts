import { Packr } from 'msgpackr';
import type { CorrelationId } from './brands.js';

/** What every event carries, whatever its payload. On the wire: a MessagePack array in this order, payload last. */
export interface Envelope<P = unknown> {
  /** Unique per event; a repeat of the same event keeps it. */
  id: string;
  /** One of EVENT_TYPES. */
  type: EventType;
  /** Version of the payload's schema; a reader refuses a version it does not know. */
  schemaVersion: number;
  /** The service that made it, e.g. `tax-source`. */
  producedBy: string;
  /** Milliseconds since 1970, for people; order is by offset and version, never by time. */
  occurredAt: number;
  correlationId: CorrelationId;
  payload: P;
}

export const EVENT_TYPES = [
  'record.slice',
  'load.begin',
  'load.complete',
  'load.applied',
  'policy.published',
  'verification.requested',
  'verification.reported',
  'verification.ended',
  'person.moved',
  'pseudonyms.mark',
  'pseudonyms.step',
  'pseudonyms.follow',
  'pseudonyms.told',
  'dead.letter',
  'letter.told',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The only schema version that exists so far. */
export const SCHEMA_VERSION = 1;

const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
const eventTypes: ReadonlySet<unknown> = new Set(EVENT_TYPES);

/** Packs any plain value as MessagePack (arrays, strings, integers, Buffers). */
export function pack(value: unknown): Buffer {
  return packr.pack(value);
}

/** Unpacks MessagePack; throws on bytes that are not. The result is unknown: check it. */
export function unpack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}

/** Unpacks the one value from `start` to `end` of bytes that hold several; throws on bytes that are not MessagePack. */
export function unpackPart(bytes: Uint8Array, start: number, end: number): unknown {
  return packr.unpack(bytes, { start, end });
}

/** What stands before the values of a MessagePack array. */
export function arrayHead(count: number): Buffer {
  if (count < 0x10) return Buffer.from([0x90 | count]);
  if (count < 0x1_0000) return Buffer.from([0xdc, count >> 8, count & 0xff]);
  return Buffer.from([0xdd, count >>> 24, (count >> 16) & 0xff, (count >> 8) & 0xff, count & 0xff]);
}

/** The MessagePack array of values that are packed already: the same bytes as `pack` of them all. */
export function packedArray(values: readonly Uint8Array[]): Buffer {
  return Buffer.concat([arrayHead(values.length), ...values]);
}

export function encodeEvent(event: Envelope): Buffer {
  return packr.pack([
    event.schemaVersion,
    event.type,
    event.id,
    event.producedBy,
    event.occurredAt,
    event.correlationId,
    event.payload,
  ]);
}

/** Thrown for bytes that are no event of ours; a consumer sends them to the dead-letter topic and goes on. */
export class MalformedEvent extends Error {
  readonly code = 'EVENT_MALFORMED';
  constructor(
    readonly reason: 'NOT_MESSAGEPACK' | 'NOT_AN_ENVELOPE' | 'UNKNOWN_TYPE' | 'UNKNOWN_SCHEMA_VERSION' | 'BAD_PAYLOAD',
    detail = '',
  ) {
    super(detail ? `${reason}: ${detail}` : reason);
    this.name = 'MalformedEvent';
  }
}

/** Opens an envelope; the payload is still unchecked. Throws MalformedEvent. */
export function decodeEvent(bytes: Uint8Array): Envelope {
  let raw: unknown;
  try {
    raw = packr.unpack(bytes);
  } catch {
    throw new MalformedEvent('NOT_MESSAGEPACK');
  }
  if (!Array.isArray(raw) || raw.length < 7) throw new MalformedEvent('NOT_AN_ENVELOPE');
  const [schemaVersion, type, id, producedBy, occurredAt, correlationId, payload] = raw as unknown[];
  if (schemaVersion !== SCHEMA_VERSION) throw new MalformedEvent('UNKNOWN_SCHEMA_VERSION');
  if (!eventTypes.has(type)) throw new MalformedEvent('UNKNOWN_TYPE');
  if (
    typeof id !== 'string' ||
    typeof producedBy !== 'string' ||
    typeof occurredAt !== 'number' ||
    typeof correlationId !== 'string'
  ) {
    throw new MalformedEvent('NOT_AN_ENVELOPE');
  }
  return {
    schemaVersion,
    type: type as EventType,
    id,
    producedBy,
    occurredAt,
    correlationId: correlationId as CorrelationId,
    payload,
  };
}
