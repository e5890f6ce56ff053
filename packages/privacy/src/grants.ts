import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { KeyFile } from './keys.js';

/**
 * Grants: what one service of the named zone allows another to do for a caller, for a short time. `<version>.<base64url of the JSON
 * text>.<base64url of HMAC-SHA-256>`, under a key derived from the pseudonym key, which only the named zone holds. A token says who
 * calls; a grant says that the service which can judge it found the caller entitled.
 */
export interface Grants {
  issue(content: Readonly<Record<string, unknown>>, seconds: number, now?: number): string;
  /** What was granted; null when it is not ours, was altered or has ended. */
  read(grant: string, now?: number): Readonly<Record<string, unknown>> | null;
}

/** `purpose`: a grant for one thing is none for another. */
export function createGrants(file: KeyFile, purpose: string): Grants {
  const keys = new Map(
    [...file.keys].map(([version, key]) => [version, Buffer.from(hkdfSync('sha256', key, 'hedui-grant', purpose, 32))]),
  );
  const sign = (version: string, body: string): Buffer | null => {
    const key = keys.get(version);
    return key ? createHmac('sha256', key).update(body).digest() : null;
  };
  return {
    issue(content, seconds, now = Date.now()) {
      const body = Buffer.from(JSON.stringify({ ...content, until: now + seconds * 1000 })).toString('base64url');
      const signature = sign(file.current, body);
      if (!signature) throw new RangeError('the current key is missing');
      return `${Buffer.from(file.current).toString('base64url')}.${body}.${signature.toString('base64url')}`;
    },
    read(grant, now = Date.now()) {
      const [version, body, signature, ...more] = grant.split('.');
      if (version === undefined || body === undefined || signature === undefined || more.length > 0) return null;
      const expected = sign(Buffer.from(version, 'base64url').toString(), body);
      const given = Buffer.from(signature, 'base64url');
      if (!expected || given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      const content = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
      return typeof content.until === 'number' && content.until >= now ? content : null;
    },
  };
}
