/**
 * Searches bytes for the identity numbers and names of a run, as they are and in what they unpack to. A thread of its own: the process that
 * judges also carries the connections of the world, and must never be busy for long.
 */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { decodeMulti } from '@msgpack/msgpack';
import { mayBeDeflate, mayBeZlib } from './refuse.mjs';

const secrets = workerData;
const NUMBER = /[0-9]{17}[0-9Xx]|(?<![0-9])[0-9]{15}(?![0-9])/g;
const CHINESE = /[\u3400-\u9fff]{2,}/g;
/** The first bytes of Chinese characters in UTF-8, twice near each other. */
const MAYBE_CHINESE = /[\xe3-\xe9][\x80-\xbf]{2}[\xe3-\xe9]/;
const PRINTABLE = /^[\t\n\r\x20-\x7e]*$/;
const BASE64 = /[A-Za-z0-9+/_-]{8,}/g;
const HEX = /(?:[0-9A-Fa-f]{2}){6,}/g;
const DEEPEST = 4;
/** Below this nothing gets smaller by compressing it. */
const COMPRESSED = 40;
/** Pieces up to this length are codes that come again and again. */
const SMALL = 64;
const MOST_SMALL = 300_000;
const LARGEST = 256 * 2 ** 20;

function textHoldsName(text, shortest) {
  for (const [run] of text.matchAll(CHINESE)) {
    for (let from = 0; from < run.length - 1; from++)
      for (let length = shortest; length <= 4 && from + length <= run.length; length++)
        if (secrets.names.has(run.slice(from, from + length))) return true;
  }
  return false;
}

function holdsPlain(bytes, latin, depth) {
  // Without the zeros, digits of UTF-16 stand side by side.
  for (const text of latin.includes('\0') ? [latin, latin.replaceAll('\0', '')] : [latin])
    for (const [number] of text.matchAll(NUMBER)) if (secrets.numbers.has(number.toUpperCase())) return true;
  if (MAYBE_CHINESE.test(latin) && textHoldsName(bytes.toString('utf8'), 2)) return true;
  if (depth > 2 || bytes.length < 6 || PRINTABLE.test(latin)) return false;
  // Two characters of UTF-16 occur in ciphertext by chance; three do not.
  for (const from of [0, 1]) {
    const even = bytes.subarray(from, from + 2 * Math.floor((bytes.length - from) / 2));
    if (textHoldsName(even.toString('utf16le'), 3)) return true;
    if (textHoldsName(Buffer.from(even).swap16().toString('utf16le'), 3)) return true;
  }
  return false;
}

function* inflatesFor(bytes) {
  if (mayBeDeflate(bytes)) yield inflateRawSync;
  if (mayBeZlib(bytes)) yield inflateSync;
}

/** What bytes unpack to: compressed, base64, hexadecimal, MessagePack. */
function* within(bytes, text) {
  if (bytes.length >= COMPRESSED) {
    const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    for (const inflate of gzip ? [gunzipSync] : inflatesFor(bytes)) {
      try {
        yield inflate(bytes, { maxOutputLength: LARGEST });
      } catch {
        // Not packed in this way.
      }
    }
  }
  for (const [run] of text.matchAll(BASE64)) yield Buffer.from(run, 'base64');
  for (const [run] of text.matchAll(HEX)) yield Buffer.from(run, 'hex');
  // Text would be read as a row of small numbers.
  if ((bytes[0] ?? 0) < 0x80) return;
  try {
    for (const value of decodeMulti(bytes)) if (typeof value === 'object') yield* leavesOf(value);
  } catch {
    // Not MessagePack, or not to its end.
  }
}

function* leavesOf(value) {
  if (typeof value === 'string') yield Buffer.from(value);
  else if (value instanceof Uint8Array) yield Buffer.from(value);
  else if (value !== null && typeof value === 'object') for (const item of Object.values(value)) yield* leavesOf(item);
}

/** What was clean once is known by its hash: most of a world is judged many times over. */
const clean = new Set();
const small = new Set();

function finds(bytes) {
  const digest = createHash('sha256').update(bytes).digest('base64');
  if (clean.has(digest)) return false;
  const left = [{ bytes, depth: 0 }];
  for (let one = left.pop(); one; one = left.pop()) {
    const { depth } = one;
    if (one.bytes.length < 4) continue;
    const latin = one.bytes.toString('latin1');
    if (one.bytes.length <= SMALL) {
      if (small.has(latin)) continue;
      if (small.size > MOST_SMALL) small.clear();
      small.add(latin);
    }
    if (holdsPlain(one.bytes, latin, depth)) {
      small.delete(latin);
      return true;
    }
    if (depth < DEEPEST) for (const inner of within(one.bytes, latin)) left.push({ bytes: inner, depth: depth + 1 });
  }
  clean.add(digest);
  return false;
}

parentPort.on('message', ({ id, pieces }) => {
  small.clear();
  parentPort.postMessage({ id, found: pieces.map((piece) => finds(Buffer.from(piece))) });
});
