/**
 * Says cheaply what bytes cannot be. Almost all that is looked at is ciphertext: trying each piece as deflate (a context of zlib each time) and
 * as MessagePack (an error each time) took nearly the whole of a scan. What is not refused here is tried by the real readers, so these may
 * refuse only what the readers refuse, and what could hold no needle.
 */

/** No needle is shorter: output below this holds none. */
export const SHORTEST = 4;
/** Symbols of a block that are looked at: by then chance has failed. */
const SYMBOLS = 64;
/** A dynamic block gives at least so many lengths for the code of its lengths (RFC 1951, 3.2.7). */
const FEWEST_LENGTHS = 4;

/** False where zlib's raw inflate would throw, or give less than a needle's length. */
export function mayBeDeflated(bytes: Uint8Array): boolean {
  // A quarter of all ciphertext has a block type that does not exist.
  if (((bytes[0] ?? 0) & 6) === 6) return false;
  const end = bytes.length * 8;
  let at = 0;
  let out = 0;

  /** The next bits, the least significant first; those behind the end read as nothing, and `at` tells. */
  const take = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, at++) value |= (((bytes[at >>> 3] ?? 0) >>> (at & 7)) & 1) << i;
    return value;
  };
  /** As `take`, the most significant first: so Huffman codes are packed. */
  const takeCode = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, at++) value = (value << 1) | (((bytes[at >>> 3] ?? 0) >>> (at & 7)) & 1);
    return value;
  };

  /** One symbol of the fixed code (RFC 1951, 3.2.6). */
  const takeFixed = (): number => {
    const seven = takeCode(7);
    if (seven < 0b0011000) return 256 + seven;
    const eight = (seven << 1) | takeCode(1);
    if (eight < 0b11000000) return eight - 0b00110000;
    if (eight < 0b11001000) return 280 + eight - 0b11000000;
    return 144 + ((eight << 1) | takeCode(1)) - 0b110010000;
  };

  /** How a copy of this length symbol ends: false where there is no such length or distance. */
  const copies = (symbol: number): boolean => {
    if (symbol > 285) return false;
    const n = symbol - 257;
    const extra = n < 8 || n === 28 ? 0 : (n >> 2) - 1;
    const length = n === 28 ? 258 : n < 8 ? n + 3 : ((4 + (n & 3)) << extra) + take(extra) + 3;
    const code = takeCode(5);
    if (code > 29) return false;
    const more = code < 4 ? 0 : (code >> 1) - 1;
    const distance = code < 4 ? code + 1 : ((2 + (code & 1)) << more) + take(more) + 1;
    if (distance > out) return false;
    out += length;
    return true;
  };

  for (let symbols = 0; ; ) {
    const last = take(1);
    const type = take(2);
    if (at > end || type === 3) return false;
    if (type === 0) {
      at = (at + 7) & ~7;
      const length = take(16);
      if ((take(16) ^ 0xffff) !== length || at + length * 8 > end) return false;
      at += length * 8;
      out += length;
    } else if (type === 2) {
      return mayBeDynamic();
    } else {
      for (;;) {
        const symbol = takeFixed();
        if (symbol === 256) break;
        if (symbol < 256) out++;
        else if (!copies(symbol)) return false;
        if (at > end) return false;
        if (++symbols >= SYMBOLS) return true;
      }
      if (at > end) return false;
    }
    if (last) return out >= SHORTEST;
    if (++symbols >= SYMBOLS) return true;
  }

  /** The head of a dynamic block: counts within bounds, and a code for the lengths that is neither too full nor unfilled. */
  function mayBeDynamic(): boolean {
    const literals = take(5);
    const distances = take(5);
    if (literals > 29 || distances > 29) return false;
    const lengths = take(4) + FEWEST_LENGTHS;
    let filled = 0;
    for (let i = 0; i < lengths; i++) {
      const length = take(3);
      if (length > 0) filled += 128 >> length;
    }
    return at <= end && filled === 128;
  }
}

/**
 * False where the bytes are not exactly one value of MessagePack, or one without any text or bytes within. Extensions are left to
 * the reader.
 */
export function mayBePacked(bytes: Uint8Array): boolean {
  const end = bytes.length;
  let at = 0;
  const big = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 256 + (bytes[at++] ?? 0);
    return value;
  };
  const skip = (count: number): void => {
    at += count;
  };
  for (let left = 1; left > 0; left--) {
    if (at >= end) return false;
    const token = bytes[at++] ?? 0;
    if (token < 0x80 || token >= 0xe0) continue;
    if (token < 0x90) left += 2 * (token & 15);
    else if (token < 0xa0) left += token & 15;
    else if (token < 0xc0) at += token & 31;
    else if (token === 0xc1 || (token >= 0xc7 && token <= 0xc9) || (token >= 0xd4 && token <= 0xd8)) return true;
    else if (token >= 0xdc) left += big(token & 1 ? 4 : 2) * (token >= 0xde ? 2 : 1);
    else if (token >= 0xd9) skip(big(2 ** (token - 0xd9)));
    else if (token >= 0xcc) at += 2 ** (token & 3);
    else if (token >= 0xca) at += token === 0xca ? 4 : 8;
    else if (token >= 0xc4) skip(big(2 ** (token - 0xc4)));
    if (at > end) return false;
  }
  return at === end;
}
