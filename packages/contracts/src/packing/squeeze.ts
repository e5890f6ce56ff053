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

const deflateAside = promisify(deflateRaw);

/** Deflates what is to be sent or stored, in this thread. */
export const squeeze = (packed: Uint8Array): Buffer =>
  deflateRawSync(packed, { ...FAST, chunkSize: pieceFor(packed.length) });

/** The same in a thread beside this one, which goes on meanwhile. */
export const squeezeAside = (packed: Uint8Array): Promise<Buffer> =>
  deflateAside(packed, { ...FAST, chunkSize: pieceFor(packed.length) });

/** What was squeezed; throws MalformedEvent for anything else, and for more than `CHUNK_MAX_BYTES`. */
export function inflate(bytes: unknown, what: string): Buffer {
  if (!(bytes instanceof Uint8Array)) throw new MalformedEvent('BAD_PAYLOAD', what);
  try {
    return inflateRawSync(bytes, { maxOutputLength: CHUNK_MAX_BYTES, chunkSize: pieceFor(bytes.length * 6) });
  } catch {
    throw new MalformedEvent('BAD_PAYLOAD', `${what} cannot be inflated`);
  }
}
