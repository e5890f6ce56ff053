import { randomBytes } from 'node:crypto';
import { createShortHmac } from '@hedui/privacy';

/** A chunk is full at so many persons too, so that large households do not make a message that the log refuses. */
export const CHUNK_PERSONS = 5_000;

/** The reference of a household as it is compared within its batch: 16 bytes under a key that dies with the intake. */
export type RefHash = (ref: string) => Buffer;

export const newRefKey = (): Buffer => randomBytes(32);

export function createRefHash(key: Uint8Array): RefHash {
  const mac = createShortHmac(key);
  return (ref) => Buffer.from(mac(ref), 'hex');
}
