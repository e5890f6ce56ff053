import { isUtf8 } from 'node:buffer';
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { unpack } from '@hedui/contracts';
import { mayBeDeflated, mayBePacked, SHORTEST } from './refuse.js';

// Taken once: a module of jest's sees each global through an interceptor, which costs more than most of what is done with it.
const bytesOf = Buffer.from;
const Bytes = Uint8Array;
const Mapping = Map;
const { entries } = Object;
const { isArray } = Array;
const { parse } = JSON;

const DEEPEST = 6;
const MAX_BYTES = 256 * 1024 * 1024;
/** Below this nothing that is compressed can hold a needle. */
const COMPRESSED = 8;
/** Characters of the shortest base64 or hex that is decoded. */
const RUN = 16;
const base64Run = /[A-Za-z0-9+/_-]{16,}/g;
const hexRun = /(?:[0-9A-Fa-f]{2}){8,}/g;

/** Told of each layer, the deeper ones after those that hold them. */
export type Look = (bytes: Uint8Array, text: boolean) => void;

/** The bytes and all that they decode to: text, JSON and msgpack values, deflate, gzip, base64, hex, each of these within each. */
export function eachLayer(bytes: Uint8Array, look: Look, depth = 0): void {
  if (bytes.length < SHORTEST) return;
  const text = textOf(bytes);
  look(bytes, text !== null);
  if (depth >= DEEPEST) return;
  inflate(bytes, look, depth + 1);
  if (text !== null) decodeText(text, look, depth + 1);
  else if (mayBePacked(bytes)) decodeValue(unpacked(bytes), look, depth + 1);
}

function decodeText(text: string, look: Look, depth: number): void {
  const first = /\S/.exec(text)?.[0];
  if (first === '{' || first === '[' || first === '"') {
    // A log holds one value a line.
    for (const line of text.split('\n')) decodeValue(jsonOf(line), look, depth);
  }
  if (text.length < RUN) return;
  for (const [run] of text.matchAll(base64Run)) eachLayer(bytesOf(run, 'base64'), look, depth);
  for (const [run] of text.matchAll(hexRun)) eachLayer(bytesOf(run, 'hex'), look, depth);
}

/** Keys and values of a decoded value. */
function decodeValue(value: unknown, look: Look, depth: number): void {
  if (typeof value === 'string') {
    // A unit of UTF-16 is three bytes of UTF-8 at most.
    if (value.length * 3 < SHORTEST) return;
    look(bytesOf(value), true);
    if (depth < DEEPEST) decodeText(value, look, depth + 1);
  } else if (value instanceof Bytes) {
    eachLayer(value, look, depth);
  } else if (isArray(value)) {
    for (const item of value) decodeValue(item, look, depth);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of value instanceof Mapping ? value : entries(value)) {
      decodeValue(key, look, depth);
      decodeValue(item, look, depth);
    }
  }
}

function inflate(bytes: Uint8Array, look: Look, depth: number): void {
  if (bytes.length < COMPRESSED) return;
  const first = bytes[0] ?? 0;
  const second = bytes[1] ?? 0;
  if (first === 0x1f && second === 0x8b) inflateAs(gunzipSync, bytes, look, depth);
  if ((first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0) inflateAs(inflateSync, bytes, look, depth);
  if (mayBeDeflated(bytes)) inflateAs(inflateRawSync, bytes, look, depth);
}

function inflateAs(reader: typeof inflateRawSync, bytes: Uint8Array, look: Look, depth: number): void {
  let inflated: Uint8Array;
  try {
    inflated = reader(bytes, { maxOutputLength: MAX_BYTES });
  } catch {
    // Not compressed in this way.
    return;
  }
  eachLayer(inflated, look, depth);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text that these bytes are; null for bytes that are none. */
function textOf(bytes: Uint8Array): string | null {
  // Packed values have a control character near their beginning, and are told from text by it.
  for (let i = 0; i < bytes.length; i++) if (isControl(bytes[i] ?? 0)) return null;
  return isUtf8(bytes) ? utf8.decode(bytes) : null;
}

/** All but tab, line feed and carriage return. */
function isControl(byte: number): boolean {
  return byte < 32 && byte !== 9 && byte !== 10 && byte !== 13;
}

function jsonOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

function unpacked(bytes: Uint8Array): unknown {
  try {
    return unpack(bytes);
  } catch {
    return null;
  }
}
