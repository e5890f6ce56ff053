/**
 * Branded strings. A brand exists only in the type system: it keeps a name key from being passed where a person
 * key is wanted, and costs nothing at run time. Values are made by the package that owns the rule (`privacy` for
 * keys, the services for their ids) and by the decoders of this package.
 */
declare const brand: unique symbol;
export type Brand<T, B extends string> = T & { readonly [brand]: B };

/** Pseudonym of a person: 16 bytes, as 32 lower-case hexadecimal digits. Made by `packages/privacy`. */
export type PersonKey = Brand<string, 'PersonKey'>;
/** Pseudonym of a normalised name: 16 bytes, as 32 lower-case hexadecimal digits. Made by `packages/privacy`. */
export type NameKey = Brand<string, 'NameKey'>;
/** Pseudonym of a benefit number: 16 bytes, as 32 lower-case hexadecimal digits. Made by `packages/privacy`. */
export type BenefitKey = Brand<string, 'BenefitKey'>;

/** `<source>-<uuid>`: the source is readable so that the gateway can route without asking. Opaque to callers. */
export type LoadId = Brand<string, 'LoadId'>;
export type BatchId = Brand<string, 'BatchId'>;
/** One chunk of households: of a batch, or the single household of an online check. */
export type ChunkId = Brand<string, 'ChunkId'>;
export type ReportNo = Brand<string, 'ReportNo'>;
/** Follows one request across services; in every envelope and log line. */
export type CorrelationId = Brand<string, 'CorrelationId'>;

/** Length of every pseudonym in bytes. */
export const KEY_BYTES = 16;

const hexKey = /^[0-9a-f]{32}$/;

/** Checks the form of a pseudonym; throws TypeError, never with the value. */
export function asKey<K extends PersonKey | NameKey | BenefitKey>(hex: string): K {
  if (!hexKey.test(hex)) throw new TypeError('a pseudonym is 32 lower-case hexadecimal digits');
  return hex as K;
}

/** Reads the pseudonym that starts at `offset` (16 bytes). */
export function keyFromBytes<K extends PersonKey | NameKey | BenefitKey>(bytes: Uint8Array, offset = 0): K {
  if (bytes.length < offset + KEY_BYTES) throw new TypeError('a pseudonym is 16 bytes');
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, KEY_BYTES).toString('hex') as K;
}

/** The 16 bytes of a pseudonym. */
export function keyBytes(key: PersonKey | NameKey | BenefitKey): Buffer {
  return Buffer.from(key, 'hex');
}
