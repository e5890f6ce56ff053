import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { LONGEST, PLACES, START, sha256Module } from './sha256-code.js';

/** The first 16 bytes of HMAC-SHA-256 of a text (UTF-8), as 32 lower-case hexadecimal digits. */
export type ShortHmac = (text: string) => string;

const TAG_BYTES = 16;
const BLOCK_BYTES = 64;
/** Of a character in UTF-8 that is no half of a pair. */
const WIDEST = 3;

/** What the module exports (sha256-code.ts). */
interface Sha256 {
  memory: { buffer: ArrayBuffer };
  compress(state: number, block: number, result: number): void;
  mac(): void;
}

/** What of WebAssembly is used here; the types of Node do not have it. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => { exports: Sha256 };
};

let compiled: object | null = null;

/** A module of its own, with a memory of its own. */
export function instantiate(code: () => Uint8Array): Sha256 {
  compiled ??= new WebAssembly.Module(code());
  return new WebAssembly.Instance(compiled).exports;
}

/**
 * HMAC-SHA-256 for millions of short texts under one key: those of up to 55 bytes, which is every number and nearly every name, are
 * computed by our own module in half the time; all others, and texts with characters beyond the basic plane, by Node. Both give the same.
 */
export function createShortHmac(key: Uint8Array): ShortHmac {
  const whole = createSecretKey(key);
  const { memory, compress, mac } = instantiate(sha256Module);
  const bytes = Buffer.from(memory.buffer);
  prepareKey(key, bytes, new Int32Array(memory.buffer), compress);

  return (text) => {
    const { length } = text;
    let end = 0;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (end > LONGEST - WIDEST || (code & 0xf800) === 0xd800) return byNode(whole, text);
      if (code < 0x80) {
        bytes[end++] = code;
      } else if (code < 0x800) {
        bytes[end++] = 0xc0 | (code >> 6);
        bytes[end++] = 0x80 | (code & 0x3f);
      } else {
        bytes[end++] = 0xe0 | (code >> 12);
        bytes[end++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[end++] = 0x80 | (code & 0x3f);
      }
    }
    bytes[end] = 0x80;
    for (let i = end + 1; i < BLOCK_BYTES - 2; i++) bytes[i] = 0;
    const bits = (BLOCK_BYTES + end) * 8;
    bytes[BLOCK_BYTES - 2] = bits >> 8;
    bytes[BLOCK_BYTES - 1] = bits & 0xff;
    mac();
    return bytes.toString('hex', PLACES.tag, PLACES.tag + TAG_BYTES);
  };
}

function byNode(key: KeyObject, text: string): string {
  return createHmac('sha256', key)
    .update(text)
    .digest('hex')
    .slice(0, TAG_BYTES * 2);
}

/** Leaves the two hashed pads of the key in memory, and what never changes of the outer block. */
export function prepareKey(key: Uint8Array, bytes: Buffer, words: Int32Array, compress: Sha256['compress']): void {
  if (key.length > BLOCK_BYTES) throw new RangeError('the key is longer than a block');
  words.set(START, PLACES.start / 4);
  for (const [pad, state] of [
    [0x36, PLACES.inner],
    [0x5c, PLACES.outer],
  ] as const) {
    const padded = Buffer.alloc(BLOCK_BYTES, pad);
    key.forEach((byte, i) => {
      padded[i] = byte ^ pad;
    });
    for (let i = 0; i < BLOCK_BYTES / 4; i++) words[PLACES.message / 4 + i] = padded.readInt32BE(4 * i);
    compress(PLACES.start, PLACES.message, state);
  }
  bytes.fill(0, PLACES.message, PLACES.message + BLOCK_BYTES);
  const outer = PLACES.outerBlock / 4;
  words[outer + 8] = 0x80000000 | 0;
  words[outer + 15] = (BLOCK_BYTES + 32) * 8;
}
