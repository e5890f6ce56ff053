import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EVERYWHERE, PURPOSES, ROLES, type Role, SOURCES } from '@hedui/contracts';
import { PartUnavailable } from '@hedui/local-parts';
import { type Home, writeWhole } from './home.js';

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
  /** Folder of the keys that sign audit logs: one for each service that keeps one, for its eyes only. */
  audit: string;
}

const TOKEN_SECONDS = 365 * 24 * 3600;
const base64url = (data: string | Buffer) => Buffer.from(data).toString('base64url');

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
  const { d: _secret, ...open } = JSON.parse(readFileSync(files.tokenKey, 'utf8'));
  writeWhole(files.jwks, `${JSON.stringify({ keys: [open] }, null, 2)}\n`);
  return files;
}

/** A signed token (JWT, EdDSA) of the local operator with the given roles, good for a year from `now` (seconds). */
export function localToken(key: KeyObject, kid: string, roles: readonly Role[], now: number): string {
  const header = { alg: 'EdDSA', typ: 'JWT', kid };
  const claims = {
    iss: 'hedui-local',
    aud: 'hedui',
    sub: 'local-operator',
    roles,
    regions: [EVERYWHERE],
    purposes: PURPOSES,
    sources: ['*'],
    iat: now,
    exp: now + TOKEN_SECONDS,
  };
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${base64url(sign(null, Buffer.from(signed), key))}`;
}

/** What the command line and people read to reach this installation. */
export interface LocalProfile {
  url: string;
  /** May make every call. */
  token: string;
  roles: Record<string, string>;
}

/** Signs the installation's tokens and writes its profile, readable by its owner only. */
export function writeProfile(
  home: Home,
  files: KeyFiles,
  url: string,
  now = Math.floor(Date.now() / 1000),
): LocalProfile {
  const jwk = JSON.parse(readFileSync(files.tokenKey, 'utf8'));
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const token = (roles: readonly Role[]) => localToken(key, jwk.kid, roles, now);
  const profile = { url, token: token(ROLES), roles: Object.fromEntries(ROLES.map((role) => [role, token([role])])) };
  writeWhole(home.profile, `${JSON.stringify(profile, null, 2)}\n`);
  return profile;
}
