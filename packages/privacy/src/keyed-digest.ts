import { PLACES, sha256Module } from './sha256-code.js';
import { instantiate, prepareKey } from './short-hmac.js';

/** The first 16 bytes of HMAC-SHA-256 of the first `length` of `bytes`. */
export type KeyedDigest = (bytes: Uint8Array, length: number) => Buffer;

const TAG_BYTES = 16;
const BLOCK_BYTES = 64;
const BLOCK_WORDS = BLOCK_BYTES / 4;
/** Behind the places that the module uses itself. */
const CHAIN = 320;
/** Lengths are written as 32 bits. */
const LONGEST = 2 ** 28;

/**
 * HMAC-SHA-256 for millions of messages of some hundred bytes under one key: Node makes objects for each that cost more than the hash.
 * Throws RangeError for messages of 256 MiB and more, and for keys longer than a block.
 */
export function createKeyedDigest(key: Uint8Array): KeyedDigest {
  const { memory, compress } = instantiate(sha256Module);
  const words = new Int32Array(memory.buffer);
  prepareKey(key, Buffer.from(memory.buffer), words, compress);
  const last = new Uint8Array(2 * BLOCK_BYTES);

  const take = (bytes: Uint8Array, from: number): void => {
    for (let word = 0, at = from; word < BLOCK_WORDS; word++, at += 4) {
      words[PLACES.message / 4 + word] =
        ((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number);
    }
  };

  return (bytes, length) => {
    if (length >= LONGEST || length > bytes.length) throw new RangeError('too long for a digest');
    let state: number = PLACES.inner;
    let at = 0;
    for (; length - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
      take(bytes, at);
      compress(state, PLACES.message, CHAIN);
      state = CHAIN;
    }
    const rest = length - at;
    for (let i = 0; i < rest; i++) last[i] = bytes[at + i] as number;
    last[rest] = 0x80;
    // The end mark and eight bytes of length may need a block more.
    const blocks = rest + 9 > BLOCK_BYTES ? 2 : 1;
    last.fill(0, rest + 1, blocks * BLOCK_BYTES);
    take(last, 0);
    if (blocks === 2) {
      compress(state, PLACES.message, CHAIN);
      state = CHAIN;
      take(last, BLOCK_BYTES);
    }
    words[PLACES.message / 4 + BLOCK_WORDS - 1] = (BLOCK_BYTES + length) * 8;
    compress(state, PLACES.message, PLACES.outerBlock);
    compress(PLACES.outer, PLACES.outerBlock, PLACES.hash);
    const tag = Buffer.allocUnsafe(TAG_BYTES);
    for (let i = 0; i < TAG_BYTES / 4; i++) tag.writeInt32BE(words[PLACES.hash / 4 + i] as number, 4 * i);
    return tag;
  };
}
