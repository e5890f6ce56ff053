import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { SEALED_TEXT } from '@hedui/contracts';
import { SealError } from './sealing.js';

/**
 * Seals short texts so that equal texts give equal sealed texts (as AES-SIV does): the first 16 bytes of HMAC-SHA-256 over the
 * text are the counter's start for AES-256-CTR and, when it is opened, the proof that nothing was altered. What an onlooker learns is
 * which sealed texts are equal, and their length.
 */
export interface TextSealer {
  /** Seals under the current key; a text that is sealed already is sealed once more. */
  seal(text: string): string;
  /** Throws SealError when it was altered or its key is gone. */
  open(sealed: string): string;
}

const IV_BYTES = 16;

/** `purpose` parts the keys of different uses from each other; `keys` may hold versions that only open. */
export function createTextSealer(keys: ReadonlyMap<string, Buffer>, current: string, purpose: string): TextSealer {
  const pairs = new Map(
    [...keys].map(([version, key]) => {
      const derived = Buffer.from(hkdfSync('sha256', key, 'hedui-sealed-text', purpose, 64));
      return [version, { mac: derived.subarray(0, 32), cipher: derived.subarray(32) }];
    }),
  );
  return {
    seal(text) {
      const pair = pairs.get(current);
      if (!pair) throw new SealError('the sealing key is missing');
      const plain = Buffer.from(text);
      const iv = tag(pair.mac, plain);
      const cipher = createCipheriv('aes-256-ctr', pair.cipher, iv);
      return `${SEALED_TEXT}${current}.${Buffer.concat([iv, cipher.update(plain), cipher.final()]).toString('base64url')}`;
    },
    open(sealed) {
      const dot = sealed.lastIndexOf('.');
      const pair = pairs.get(sealed.slice(SEALED_TEXT.length, dot));
      if (!sealed.startsWith(SEALED_TEXT) || !pair) throw new SealError('the key of this text is gone');
      const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url');
      if (bytes.length < IV_BYTES) throw new SealError('not a sealed text');
      const iv = bytes.subarray(0, IV_BYTES);
      const decipher = createDecipheriv('aes-256-ctr', pair.cipher, iv);
      const plain = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES)), decipher.final()]);
      if (!timingSafeEqual(tag(pair.mac, plain), iv)) throw new SealError('the text was altered or belongs elsewhere');
      return plain.toString();
    },
  };
}

function tag(key: Buffer, plain: Buffer): Buffer {
  return createHmac('sha256', key).update(plain).digest().subarray(0, IV_BYTES);
}
