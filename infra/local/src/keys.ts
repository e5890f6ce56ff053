import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SOURCES } from '@hedui/contracts';
import { PartUnavailable } from '@hedui/local-parts';
import { type Home, writeWhole } from './home.js';
import { ensureTrialLogins } from './trial-logins.js';

/** Where the key files of an installation lie. */
export interface KeyFiles {
  /** HMAC keys behind personKey and nameKey; named zone only. */
  pseudonyms: string;
  /** Keys that seal identities and households at rest; named zone only. */
  keyRing: string;
  /** Signs this installation's tokens; only the launcher reads it. */
  tokenKey: string;
  /** Its public half, which services verify tokens with. */
  jwks: string;
  /** Seals the signing keys of identity at rest; identity only. */
  identity: string;
  /** Users and systems of a trial, with their passwords; identity and the owner of the installation only. */
  logins: string;
  /** Folder of the keys that sign audit logs: one for each service that keeps one, for its eyes only. */
  audit: string;
}

/** Services that keep an audit log. */
export const AUDITED: readonly string[] = [
  ...SOURCES.map((source) => `${source.replaceAll('_', '-')}-source`),
  'verification',
  'reporting',
  'identity',
];

/** The key that signs the audit log of a service. */
export const auditKeyOf = (files: Pick<KeyFiles, 'audit'>, service: string): string =>
  path.join(files.audit, `${service}.json`);

export function keyFiles(home: Home): KeyFiles {
  const at = (name: string) => path.join(home.keys, name);
  return {
    pseudonyms: at('pseudonyms.json'),
    keyRing: at('key-ring.json'),
    tokenKey: at('token-key.json'),
    jwks: at('token-jwks.json'),
    identity: at('identity.json'),
    logins: at('trial-logins.json'),
    audit: at('audit'),
  };
}

/** RFC 7638: the key's own fingerprint as its id. */
function thumbprint(jwk: { crv?: string; kty?: string; x?: string }): string {
  const members = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x });
  return createHash('sha256').update(members).digest('base64url');
}

/**
 * Makes the keys that are missing.
 * @throws PartUnavailable when the installation has data and a key that it was written with is gone.
 */
export function ensureKeys(home: Home, hasData: boolean): KeyFiles {
  const files = keyFiles(home);
  const secrets = {
    [files.pseudonyms]: () => ({ current: 1, keys: { 1: randomBytes(32).toString('base64') } }),
    [files.keyRing]: () => ({ current: 'k1', keys: { k1: randomBytes(32).toString('base64') } }),
  };
  for (const [file, make] of Object.entries(secrets)) {
    if (existsSync(file)) continue;
    if (hasData) {
      throw new PartUnavailable(
        'keys',
        `${file} is gone, and what the installation holds cannot be read without it`,
        'Put the file back from a copy, or begin anew with --reset.',
      );
    }
    writeWhole(file, `${JSON.stringify(make(), null, 2)}\n`);
  }
  if (!existsSync(files.identity)) {
    // What it sealed is replaced: identity makes a new signing key, and refreshes go on.
    const ring = { current: 'i1', keys: { i1: randomBytes(32).toString('base64') } };
    writeWhole(files.identity, `${JSON.stringify(ring, null, 2)}\n`);
  }
  if (!existsSync(files.tokenKey)) {
    const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    writeWhole(
      files.tokenKey,
      `${JSON.stringify({ ...jwk, kid: thumbprint(jwk), alg: 'EdDSA', use: 'sig' }, null, 2)}\n`,
    );
  }
  mkdirSync(files.audit, { recursive: true, mode: 0o700 });
  for (const service of AUDITED) {
    const file = auditKeyOf(files, service);
    // A log goes on under a new key: what the old one signed stays verifiable by its public half, which the log keeps.
    if (existsSync(file)) continue;
    const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    writeWhole(file, `${JSON.stringify(jwk, null, 2)}\n`);
  }
  ensureTrialLogins(files.logins);
  const { d: _secret, ...open } = JSON.parse(readFileSync(files.tokenKey, 'utf8'));
  writeWhole(files.jwks, `${JSON.stringify({ keys: [open] }, null, 2)}\n`);
  return files;
}
