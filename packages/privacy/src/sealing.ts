import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomFillSync,
} from 'node:crypto';
import type { KeyFile } from './keys.js';

/**
 * Encryption at rest: AES-256-GCM with a fresh 96-bit nonce for each value. A sealed value is
 * version (1) · length of the key id (1) · key id · nonce (12) · ciphertext · tag (16); `context` is authenticated
 * with it, so that a value moved to another row does not open.
 */
export interface Sealer {
  seal(plain: Uint8Array, context: string): Buffer;
  /** Throws SealError when the value was altered, belongs to another context, or its key is gone. */
  open(sealed: Uint8Array, context: string): Buffer;
}

export class SealError extends Error {
  readonly code = 'SEAL_BROKEN';
}

const VERSION = 1;
const NONCE = 12;
const TAG = 16;

/** Drawn many at a time, because a draw costs as much as sealing something short; each is handed out once. */
const drawn = Buffer.alloc(NONCE * 256);
let nextNonce = drawn.length;

function freshNonce(into: Buffer, at: number): void {
  if (nextNonce === drawn.length) {
    randomFillSync(drawn);
    nextNonce = 0;
  }
  drawn.copy(into, at, nextNonce, nextNonce + NONCE);
  nextNonce += NONCE;
}

function sealerOver(keys: ReadonlyMap<string, Buffer>, current: string): Sealer {
  const id = Buffer.from(current);
  const start = 2 + id.length;
  let prepared: { from: Buffer; key: KeyObject } | null = null;
  return {
    seal(plain, context) {
      const key = keys.get(current);
      if (!key) throw new SealError('the sealing key is missing');
      if (prepared?.from !== key) prepared = { from: key, key: createSecretKey(key) };
      const sealed = Buffer.allocUnsafe(start + NONCE + plain.length + TAG);
      sealed[0] = VERSION;
      sealed[1] = id.length;
      id.copy(sealed, 2);
      freshNonce(sealed, start);
      const cipher = createCipheriv('aes-256-gcm', prepared.key, sealed.subarray(start, start + NONCE));
      cipher.setAAD(Buffer.from(context));
      cipher.update(plain).copy(sealed, start + NONCE);
      cipher.final();
      cipher.getAuthTag().copy(sealed, sealed.length - TAG);
      return sealed;
    },
    open(sealed, context) {
      const idLength = sealed[1] ?? 0;
      const start = 2 + idLength;
      if (sealed[0] !== VERSION || sealed.length < start + NONCE + TAG) throw new SealError('not a sealed value');
      const key = keys.get(Buffer.from(sealed.subarray(2, start)).toString());
      if (!key) throw new SealError('the key of this value is gone');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(start, start + NONCE));
        decipher.setAAD(Buffer.from(context));
        decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
        const body = decipher.update(sealed.subarray(start + NONCE, sealed.length - TAG));
        return Buffer.concat([body, decipher.final()]);
      } catch (cause) {
        throw new SealError('the value was altered or belongs elsewhere', { cause });
      }
    },
  };
}

/** Seals under the key ring's current key, opens under any of its keys. */
export function createSealer(ring: KeyFile): Sealer {
  return sealerOver(ring.keys, ring.current);
}

/** A data key of its own for a batch: kept wrapped by the key ring, so that destroying it erases the batch. */
export interface DataKey {
  sealer: Sealer;
  /** The key sealed under the ring; store this. */
  wrapped: Buffer;
}

export function newDataKey(ring: Sealer, context: string): DataKey {
  const key = randomBytes(32);
  return { sealer: sealerOver(new Map([['d', key]]), 'd'), wrapped: ring.seal(key, `data-key:${context}`) };
}

/** Throws SealError when the wrapped key was altered or destroyed. */
export function openDataKey(ring: Sealer, wrapped: Uint8Array, context: string): DataKey {
  const key = ring.open(wrapped, `data-key:${context}`);
  return { sealer: sealerOver(new Map([['d', key]]), 'd'), wrapped: Buffer.from(wrapped) };
}
