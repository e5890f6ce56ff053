import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { type AuditKey, fingerprint } from './proof/checkpoint.js';

export class AuditKeyError extends Error {
  readonly code = 'AUDIT_KEY_UNUSABLE';
}

function auditKey(privateKey: KeyObject, origin: string): AuditKey {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  const id = x === undefined ? null : fingerprint(x);
  if (x === undefined || id === null) throw new AuditKeyError(`${origin} is not an Ed25519 key`);
  return { id, x, privateKey };
}

/**
 * Reads the key that signs a service's checkpoints: a private Ed25519 key as JWK in a file that nobody else may read. Throws
 * AuditKeyError, never with key material.
 */
export function readAuditKey(path: string): AuditKey {
  let privateKey: KeyObject;
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw new AuditKeyError(`${path} is open to others: chmod 600`);
    privateKey = createPrivateKey({ key: JSON.parse(readFileSync(path, 'utf8')), format: 'jwk' });
  } catch (error) {
    if (error instanceof AuditKeyError) throw error;
    throw new AuditKeyError(`${path} is not the file of a private key`);
  }
  return auditKey(privateKey, path);
}

/** A key that lives as long as the process. */
export function newAuditKey(): AuditKey {
  return auditKey(generateKeyPairSync('ed25519').privateKey, 'the new key');
}
