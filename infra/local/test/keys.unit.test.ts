import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EVERYWHERE, PURPOSES, ROLES } from '@hedui/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Home, homeAt, makeHome } from '../src/home.js';
import { AUDITED, auditKeyOf, ensureKeys, type KeyFiles } from '../src/keys.js';
import { writeProfile } from '../src/profile.js';
import { TRIAL_USERS } from '../src/trial-logins.js';

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const part = (token: string, index: number) =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());

const secretFiles = ({ audit, ...files }: KeyFiles): string[] => [
  ...Object.values(files),
  ...AUDITED.map((service) => auditKeyOf({ audit }, service)),
];

describe('keys of an installation', () => {
  let home: Home;
  beforeEach(() => {
    home = homeAt(mkdtempSync(path.join(tmpdir(), 'hedui-keys-')));
    makeHome(home);
  });
  afterEach(() => rmSync(home.root, { recursive: true }));

  it('makes 32-byte keys, readable by their owner only', () => {
    const files = ensureKeys(home, false);
    expect(Buffer.from(json(files.pseudonyms).keys[json(files.pseudonyms).current], 'base64')).toHaveLength(32);
    expect(Buffer.from(json(files.keyRing).keys[json(files.keyRing).current], 'base64')).toHaveLength(32);
    for (const file of secretFiles(files)) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('keeps them at the next start', () => {
    const before = secretFiles(ensureKeys(home, false)).map((file) => readFileSync(file, 'utf8'));
    expect(secretFiles(ensureKeys(home, true)).map((file) => readFileSync(file, 'utf8'))).toEqual(before);
  });

  it('refuses to make a new key for data that was written with one that is gone', () => {
    rmSync(ensureKeys(home, false).keyRing);
    expect(() => ensureKeys(home, true)).toThrow(/key-ring.json is gone/);
  });

  it('publishes only the open half of the token key', () => {
    const [key] = json(ensureKeys(home, false).jwks).keys;
    expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' });
    expect(key).not.toHaveProperty('d');
  });

  it('signs tokens that the published key verifies: one with every role, one for each', () => {
    const files = ensureKeys(home, false);
    const profile = writeProfile(home, files, 'http://127.0.0.1:1', 1_000);
    expect(json(home.profile)).toEqual(profile);
    expect(statSync(home.profile).mode & 0o777).toBe(0o600);
    const [key] = json(files.jwks).keys;
    const open = createPublicKey({ key, format: 'jwk' });
    const claimsOf = (token: string | undefined) => {
      const [head, body, signature] = (token ?? '').split('.');
      expect(verify(null, Buffer.from(`${head}.${body}`), open, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
      expect(part(token ?? '', 0)).toEqual({ alg: 'EdDSA', typ: 'JWT', kid: key.kid });
      return part(token ?? '', 1);
    };
    const times = { iss: 'hedui-local', aud: 'hedui', iat: 1_000, exp: 1_000 + 365 * 86_400 };
    expect(claimsOf(profile.token)).toEqual({
      ...times,
      sub: 'local-operator',
      roles: ROLES,
      regions: [EVERYWHERE],
      purposes: PURPOSES,
      sources: ['*'],
      seconded_by: 'trial-second',
    });
    const subjects = new Set<string>();
    for (const role of ROLES) {
      for (const claims of [claimsOf(profile.roles[role]), claimsOf(profile.seconds[role])]) {
        expect(claims).toMatchObject({ ...times, roles: [role] });
        expect(claims).not.toHaveProperty('seconded_by');
        subjects.add(claims.sub);
      }
    }
    expect(subjects.size).toBe(2 * ROLES.length);
    expect(claimsOf(profile.roles.administrator)).toMatchObject({ regions: [], purposes: [] });
    expect(claimsOf(profile.roles.department)).toMatchObject({ department: 'housing' });
  });

  it('draws a password for each login of the trial', () => {
    const { users, clients } = json(ensureKeys(home, false).logins);
    expect(users.map(({ login }: { login: string }) => login)).toEqual(TRIAL_USERS.map(([login]) => login));
    const secrets = [...users.map((user: { password: string }) => user.password), clients[0].credentials.secret];
    expect(new Set(secrets).size).toBe(TRIAL_USERS.length + 1);
    for (const one of secrets) expect(one.length).toBeGreaterThanOrEqual(32);
  });
});
