import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HeduiError } from '@hedui/errors';
import { takeBody } from './body.js';

/**
 * What makes two requests the same: SHA-256 over method, path and query as sent, and the body's bytes; with a key, the HMAC of that, so that
 * whoever has the stored fingerprints and not the key cannot test what a request held (a password, a resident's number).
 */
export interface Fingerprint {
  add(chunk: Buffer | string): void;
  /** `<bytes of the body>:<hash>`; the length lets a repeat with a longer body be refused before it is read whole. */
  value(): string;
  readonly bytes: number;
}

export function startFingerprint(method: string, url: string, key: Uint8Array | null = null): Fingerprint {
  const hash = createHash('sha256').update(`${method} ${url}\n`);
  let bytes = 0;
  return {
    add(chunk) {
      bytes += Buffer.byteLength(chunk);
      hash.update(chunk);
    },
    value() {
      const plain = hash.copy().digest();
      const digest = key === null ? plain : createHmac('sha256', key).update(plain).digest();
      return `${bytes}:${digest.toString('hex')}`;
    },
    get bytes() {
      return bytes;
    },
  };
}

/** Reads a repeated body to its end, or until it is longer than the first one, and says whether it is the same. */
export async function sameBody(raw: IncomingMessage, fingerprint: Fingerprint, stored: string): Promise<boolean> {
  const limit = Number(stored.split(':', 1)[0]);
  const body = takeBody(raw, (chunk) => {
    fingerprint.add(chunk);
    if (fingerprint.bytes > limit) body.destroy();
  });
  body.resume();
  await new Promise((resolve) => body.once('close', resolve));
  if (fingerprint.bytes > limit) return false;
  if (body.errored) throw new HeduiError('BODY_BROKEN_OFF', { cause: body.errored });
  return fingerprint.value() === stored;
}
