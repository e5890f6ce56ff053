/**
 * Says cheaply of bytes that they cannot be compressed data, exactly where inflating would fail at its first bytes (RFC 1950, RFC 1951):
 * nearly all that is searched is ciphertext, and each failed attempt costs as much as reading a kilobyte.
 */

/** False when the two bytes of a zlib header are wrong. */
export function mayBeZlib(bytes) {
  return (bytes[0] & 0x0f) === 8 && ((bytes[0] << 8) | bytes[1]) % 31 === 0;
}

const STORED = 0;
const DYNAMIC = 2;
const RESERVED = 3;
/** Codes of lengths and of distances that there are, less the 257 and the 1 that are always given. */
const MOST_LITERALS = 29;
const MOST_DISTANCES = 29;
const FIRST_LENGTH_BIT = 17;

/** False when the first block's header is wrong. `bytes` has at least 12. */
export function mayBeDeflate(bytes) {
  const type = (bytes[0] >> 1) & 3;
  if (type === RESERVED) return false;
  if (type === STORED) return (bytes[1] ^ bytes[3]) === 0xff && (bytes[2] ^ bytes[4]) === 0xff;
  return type !== DYNAMIC || mayBeDynamic(bytes);
}

/** The code of code lengths must be complete: its lengths, as shares of all codes, add up to one. */
function mayBeDynamic(bytes) {
  if (bytes[0] >> 3 > MOST_LITERALS || (bytes[1] & 31) > MOST_DISTANCES) return false;
  const count = ((bytes[1] >> 5) | ((bytes[2] & 1) << 3)) + 4;
  let taken = 0;
  for (let i = 0; i < count; i++) {
    const bit = FIRST_LENGTH_BIT + 3 * i;
    const length = ((bytes[bit >> 3] | (bytes[(bit >> 3) + 1] << 8)) >> (bit & 7)) & 7;
    if (length > 0) taken += 128 >> length;
  }
  return taken === 128;
}
