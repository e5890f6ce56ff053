import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import { MalformedEvent } from '../envelope.js';

/** Unpacked size of a chunk's households at most, in bytes; a larger one is refused unread. */
export const CHUNK_MAX_BYTES = 64 * 1024 * 1024;

const LEAST_PIECE = 16 * 1024;
const MOST_PIECE = 1024 * 1024;
/** zlib hands out its result in pieces of this size, and each costs a call and a buffer. */
const pieceFor = (bytes: number): number => Math.min(MOST_PIECE, Math.max(LEAST_PIECE, bytes));

/** The fastest level; with the larger table of symbols it is faster still by a fifth, and the result no larger. */
const FAST = { level: 1, memLevel: 9 } as const;
/** Up to so many bytes, which is a household or two, the tables would cost more than the work. */
const FEW_BYTES = 4 * 1024;
const FAST_FOR_FEW = { level: 1, memLevel: 5, windowBits: 12 } as const;

const settingsFor = (bytes: number) => ({
  ...(bytes <= FEW_BYTES ? FAST_FOR_FEW : FAST),
  chunkSize: pieceFor(bytes),
});

const deflateAside = promisify(deflateRaw);

/** Deflates what is to be sent or stored, in this thread. */
export const squeeze = (packed: Uint8Array): Buffer => deflateRawSync(packed, settingsFor(packed.length));

/** The same in a thread beside this one, which goes on meanwhile; to hand over a few bytes would take longer. */
export const squeezeAside = async (packed: Uint8Array): Promise<Buffer> =>
  packed.length <= FEW_BYTES ? squeeze(packed) : await deflateAside(packed, settingsFor(packed.length));

/** What was squeezed; throws MalformedEvent for anything else, and for more than `CHUNK_MAX_BYTES`. */
export function inflate(bytes: unknown, what: string): Buffer {
  if (!(bytes instanceof Uint8Array)) throw new MalformedEvent('BAD_PAYLOAD', what);
  try {
    return inflateRawSync(bytes, { maxOutputLength: CHUNK_MAX_BYTES, chunkSize: pieceFor(bytes.length * 6) });
  } catch {
    throw new MalformedEvent('BAD_PAYLOAD', `${what} cannot be inflated`);
  }
}
