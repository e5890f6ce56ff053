import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EVERYWHERE, PURPOSES, ROLES, type Role } from '@hedui/contracts';
import { type Home, writeWhole } from './home.js';
import type { KeyFiles } from './keys.js';
import { rightsOfRole } from './trial-logins.js';

const TOKEN_SECONDS = 365 * 24 * 3600;
const base64url = (data: string | Buffer) => Buffer.from(data).toString('base64url');

/** What a token says beside its times: `sub` and what its holder may do. */
export interface LocalClaims {
  sub: string;
  roles: readonly Role[];
  regions: readonly string[];
  purposes: readonly string[];
  sources: readonly string[];
  department?: string;
  /** Stands for two people at once: for trial installations only. */
  seconded_by?: string;
}

/** A token (JWT, EdDSA) of this installation, good for a year from `now` (seconds). */
export function localToken(key: KeyObject, kid: string, claims: LocalClaims, now: number): string {
  const header = { alg: 'EdDSA', typ: 'JWT', kid };
  const all = { iss: 'hedui-local', aud: 'hedui', ...claims, iat: now, exp: now + TOKEN_SECONDS };
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(all))}`;
  return `${signed}.${base64url(sign(null, Buffer.from(signed), key))}`;
}

/** What the command line and people read to reach this installation. */
export interface LocalProfile {
  url: string;
  /** May make every call, and stands for both people where it takes two. */
  token: string;
  /** A token for each role, of somebody who has no other. */
  roles: Record<string, string>;
  /** The same of a second person, for what takes two. */
  seconds: Record<string, string>;
}

const EVERYTHING: LocalClaims = {
  sub: 'local-operator',
  roles: ROLES,
  regions: [EVERYWHERE],
  purposes: PURPOSES,
  sources: ['*'],
  seconded_by: 'trial-second',
};

function ofRole(role: Role, person: string): LocalClaims {
  const { department, ...rights } = rightsOfRole(role);
  return {
    sub: `trial-${role.replaceAll('_', '-')}${person}`,
    ...rights,
    ...(department === null ? {} : { department }),
  };
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
  const token = (claims: LocalClaims) => localToken(key, jwk.kid, claims, now);
  const each = (person: string) => Object.fromEntries(ROLES.map((role) => [role, token(ofRole(role, person))]));
  const profile = { url, token: token(EVERYTHING), roles: each(''), seconds: each('-2') };
  writeWhole(home.profile, `${JSON.stringify(profile, null, 2)}\n`);
  return profile;
}
