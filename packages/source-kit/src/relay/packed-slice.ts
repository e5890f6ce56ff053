import { KEY_BYTES, pack, SCHEMA_VERSION, SEALED_TEXT } from '@hedui/contracts';
import type { PendingSlice, SliceEntry } from '../db/pending.js';
import { keptPlaces } from '../intake/record-ids.js';
import type { SendingContext } from './sending-context.js';

/**
 * The event of a slice, put together from what is packed already: the fields of a record lie in the database as the MessagePack array that
 * they are in the slice, but for the name before them and the other person behind. To unpack and pack them again costs several times as
 * much. The bytes are those that `encodeEvent` makes.
 */
export type PackSlice = (slice: PendingSlice, person: string) => Buffer | null;

const NULL = 0xc0;
const BYTES_8 = 0xc4;
const BYTES_16 = 0xc5;
const TEXT_8 = 0xd9;
const ARRAY_16 = 0xdc;
const ARRAY_32 = 0xdd;
/** An array or a text shorter than this has its length in its first byte; arrays of 7 and 6 hold the envelope and the payload. */
const SHORT_ARRAY = 0x90;
const SHORTEST = 16;
/** Indexes up to here are one byte. */
const NAMES = 0x80;
const MOST_NAMES_8 = 15;
/** All that a record has besides its fields: array, index of the name, the other person. */
const RECORD_BYTES = 2 + 2 + KEY_BYTES;
const SEALED = Buffer.from(SEALED_TEXT);

let out = Buffer.allocUnsafe(64 * 1024);

/** Null where it cannot be done so: a sealed text has to be opened, or the form is an unusual one. */
export function slicePacker(context: SendingContext): PackSlice {
  const { source, type, epoch } = context;
  const idBegin = `${source}.${type.type}.${epoch}.`;
  const begin = Buffer.concat([Buffer.from([SHORT_ARRAY | 7]), pack(SCHEMA_VERSION), pack('record.slice')]);
  const middle = Buffer.concat([
    ...[context.producedBy, context.now, context.correlationId].map(pack),
    Buffer.from([SHORT_ARRAY | 6]),
    ...[source, type.type, epoch].map(pack),
  ]);
  const otherAt = type.blind.findIndex((field) => field.as === 'otherPerson');
  const plain = /^[ -~]*$/.test(idBegin) && type.blind.length + 1 < SHORTEST;
  if (!plain || (otherAt >= 0 && otherAt !== type.blind.length - 1)) return () => null;
  const kept = otherAt >= 0 ? type.blind.length - 1 : type.blind.length;
  const mayBeSealed = keptPlaces(type).freeTexts.length > 0;
  let counterOf = -1;
  let counter = pack(counterOf);

  return ({ entries, counter: number, ...slice }, person) => {
    const names: Buffer[] = [];
    let size = begin.length + middle.length + 256 + 16;
    for (const { blind } of entries) {
      if (blind[0] !== (SHORT_ARRAY | kept) || (mayBeSealed && blind.includes(SEALED))) return null;
      size += blind.length + RECORD_BYTES + KEY_BYTES;
    }
    const id = `${idBegin}${number}.${person}`;
    if (id.length < 0x20 || id.length > 0xff || slice.personKey.length !== KEY_BYTES) return null;
    if (out.length < size) out = Buffer.allocUnsafe(2 * size);
    if (number !== counterOf) {
      counterOf = number;
      counter = pack(number);
    }
    const indexes = namesOf(entries, names);
    if (names.length >= NAMES) return null;

    let at = put(begin, 0);
    out[at++] = TEXT_8;
    out[at++] = id.length;
    at += out.write(id, at, 'latin1');
    at = put(middle, at);
    at = put(counter, at);
    at = putNames(names, at);
    at = putLength(entries.length, at);
    for (let i = 0; i < entries.length; i++) {
      const { blind, otherPersonKey } = entries[i] as SliceEntry;
      out[at++] = SHORT_ARRAY | (type.blind.length + 1);
      out[at++] = indexes[i] as number;
      for (let from = 1; from < blind.length; from++) out[at++] = blind[from] as number;
      if (otherAt >= 0) at = putOther(otherPersonKey, at);
    }
    return Buffer.from(out.subarray(0, at));
  };
}

const packers = new WeakMap<SendingContext, PackSlice>();

/** The packer of a load's messages, made once. */
export function packerOf(context: SendingContext): PackSlice {
  const known = packers.get(context);
  if (known) return known;
  const made = slicePacker(context);
  packers.set(context, made);
  return made;
}

/** The index of each entry's name; fills `names` with those that there are, in the order of their first record. */
function namesOf(entries: readonly SliceEntry[], names: Buffer[]): number[] {
  let last = -1;
  return entries.map(({ nameKey }) => {
    if (last >= 0 && names[last]?.equals(nameKey)) return last;
    last = names.findIndex((name) => name.equals(nameKey));
    if (last < 0) last = names.push(nameKey) - 1;
    return last;
  });
}

function put(bytes: Uint8Array, at: number): number {
  out.set(bytes, at);
  return at + bytes.length;
}

function putNames(names: readonly Buffer[], from: number): number {
  let at = from;
  if (names.length <= MOST_NAMES_8) {
    out[at++] = BYTES_8;
    out[at++] = names.length * KEY_BYTES;
  } else {
    out[at++] = BYTES_16;
    at = out.writeUInt16BE(names.length * KEY_BYTES, at);
  }
  for (const name of names) at = put(name, at);
  return at;
}

function putLength(length: number, from: number): number {
  let at = from;
  if (length < SHORTEST) out[at++] = SHORT_ARRAY | length;
  else if (length < 0x1_0000) {
    out[at++] = ARRAY_16;
    at = out.writeUInt16BE(length, at);
  } else {
    out[at++] = ARRAY_32;
    at = out.writeUInt32BE(length, at);
  }
  return at;
}

function putOther(other: Buffer | null, from: number): number {
  let at = from;
  if (other === null) {
    out[at++] = NULL;
    return at;
  }
  out[at++] = BYTES_8;
  out[at++] = other.length;
  return put(other, at);
}
