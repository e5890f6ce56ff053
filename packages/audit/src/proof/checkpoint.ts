import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonical, type Json } from './canonical.js';

/** What a checkpoint says: so many entries, the newest one's hash, and the root of the tree over all of them. */
export interface CheckpointStatement {
  [key: string]: Json;
  /** When it was made, UTC with milliseconds. */
  at: string;
  head: string;
  /** Fingerprint of the key that signed. */
  key: string;
  /** Whose log: the service's name. */
  log: string;
  /** Size of the checkpoint before it; 0: the first. */
  previous: number;
  root: string;
  size: number;
}

/** What stands at the end of an export: a checkpoint of its last entry, and what the file holds. */
export interface TailStatement extends CheckpointStatement {
  /** SHA-256 of the bytes of this part before its tail. */
  content: string;
  /** SHA-256 of the bytes of the file before this part. */
  before: string;
  /** From 1. */
  part: number;
  parts: number;
}

export interface Signed<S extends CheckpointStatement> {
  statement: S;
  /** Ed25519 in base64. */
  signature: string;
}

/** A public key as files carry it. */
export interface PublicAuditKey {
  /** SHA-256 of the 32 bytes, hexadecimal. */
  id: string;
  /** The 32 bytes in base64url. */
  x: string;
}

export interface AuditKey {
  readonly id: string;
  readonly x: string;
  readonly privateKey: KeyObject;
}

export const KINDS = { checkpoint: 'hedui audit checkpoint 1\n', tail: 'hedui audit export 1\n' } as const;

export const sha256Hex = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The fingerprint of a public key given in base64url; null when it is none. */
export function fingerprint(x: string): string | null {
  const bytes = Buffer.from(x, 'base64url');
  return bytes.length === 32 && bytes.toString('base64url') === x ? sha256Hex(bytes) : null;
}

export function signStatement<S extends CheckpointStatement>(
  kind: keyof typeof KINDS,
  statement: S,
  key: AuditKey,
): Signed<S> {
  const signature = sign(null, Buffer.from(KINDS[kind] + canonical(statement)), key.privateKey).toString('base64');
  return { statement, signature };
}

/** True when `key` signed the statement. Another spelling of the same signature is refused. */
export function isSignedBy(
  kind: keyof typeof KINDS,
  { statement, signature }: Signed<CheckpointStatement>,
  key: PublicAuditKey,
): boolean {
  const bytes = Buffer.from(signature, 'base64');
  if (bytes.toString('base64') !== signature || fingerprint(key.x) !== key.id || statement.key !== key.id) return false;
  try {
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.x }, format: 'jwk' });
    return verify(null, Buffer.from(KINDS[kind] + canonical(statement)), publicKey, bytes);
  } catch {
    return false;
  }
}
