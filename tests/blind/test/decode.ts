import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { unpack } from '@hedui/contracts';

/** Bytes to be searched: as they were found, or what they decode to. */
export interface Layer {
  bytes: Uint8Array;
  /** They are the text of somebody, not ciphertext or packed values: short needles count. */
  text: boolean;
}

const DEEPEST = 6;
const MAX_BYTES = 256 * 1024 * 1024;
/** Below this nothing that is compressed can hold a needle. */
const COMPRESSED = 8;
const base64Run = /[A-Za-z0-9+/_-]{16,}/g;
const hexRun = /(?:[0-9A-Fa-f]{2}){8,}/g;

/** The bytes and all that they decode to: text, JSON and msgpack values, deflate, gzip, base64, hex, each of these within each. */
export function* layersOf(bytes: Uint8Array, depth = 0): Generator<Layer> {
  const text = textOf(bytes);
  yield { bytes, text: text !== null };
  if (depth >= DEEPEST) return;
  for (const inflated of inflations(bytes)) yield* layersOf(inflated, depth + 1);
  if (text !== null) yield* layersOfText(text, depth + 1);
  else yield* layersOfValue(unpacked(bytes), depth + 1);
}

function* layersOfText(text: string, depth: number): Generator<Layer> {
  const first = text.trimStart()[0];
  if (first === '{' || first === '[' || first === '"') {
    // A log holds one value a line.
    for (const line of text.split('\n')) yield* layersOfValue(jsonOf(line), depth);
  }
  for (const [run] of text.matchAll(base64Run)) yield* layersOf(Buffer.from(run, 'base64'), depth);
  for (const [run] of text.matchAll(hexRun)) yield* layersOf(Buffer.from(run, 'hex'), depth);
}

/** Keys and values of a decoded value. */
function* layersOfValue(value: unknown, depth: number): Generator<Layer> {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    yield { bytes, text: true };
    if (depth < DEEPEST) yield* layersOfText(value, depth + 1);
  } else if (value instanceof Uint8Array) {
    yield* layersOf(value, depth);
  } else if (Array.isArray(value)) {
    for (const item of value) yield* layersOfValue(item, depth);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
      yield* layersOfValue(key, depth);
      yield* layersOfValue(item, depth);
    }
  }
}

function* inflations(bytes: Uint8Array): Generator<Buffer> {
  if (bytes.length < COMPRESSED) return;
  const options = { maxOutputLength: MAX_BYTES };
  const ways = [inflateRawSync];
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) ways.unshift(gunzipSync);
  if (((bytes[0] ?? 0) & 0x0f) === 8 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0)
    ways.unshift(inflateSync);
  for (const inflate of ways) {
    try {
      yield inflate(bytes, options);
    } catch {
      // Not compressed in this way.
    }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text that these bytes are; null for bytes that are none. */
function textOf(bytes: Uint8Array): string | null {
  // Packed values have a control character near their beginning, and are told from text by it.
  if (bytes.some(isControl)) return null;
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** All but tab, line feed and carriage return. */
function isControl(byte: number): boolean {
  return byte < 32 && byte !== 9 && byte !== 10 && byte !== 13;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
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
