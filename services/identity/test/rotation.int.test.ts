import { HeduiError } from '@hedui/errors';
import { createSealer, parseKeyFile } from '@hedui/privacy';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { createSigningKeys } from '../src/keys/signing-keys.js';
import { logger, SECRET, startIdentity, type TestIdentity } from './support/service.js';

let identity: TestIdentity;
beforeEach(async () => {
  identity = await startIdentity({ HEDUI_SIGNING_KEY_NOTICE: 60 });
});
afterEach(() => identity.stop());

const token = async () => {
  const authorization = `Basic ${Buffer.from(`housing-office:${SECRET}`).toString('base64')}`;
  const { body } = await identity.post('token', { grant_type: 'client_credentials' }, { authorization });
  return String(body.access_token);
};
const kidOf = (jwt: string) => decodeProtectedHeader(jwt).kid;
const published = async () => (await (await fetch(`${identity.issuer}/jwks`)).json()) as JSONWebKeySet;
const rotate = (query = '') => identity.admin('POST', `/v1/signing-keys/rotate${query}`);
const states = async () => (await identity.admin('GET', '/v1/signing-keys')).items.map((key) => key.state);
/** As if a key had been made earlier. */
const passTime = (seconds: number) =>
  identity.pool.query(`UPDATE signing_key SET signs_from = signs_from - $1 * interval '1 second'`, [seconds]);

describe('a signing key', () => {
  it('is published before it signs, and verifies until its last token has ended', async () => {
    const first = await token();
    expect((await rotate()).status).toBe(201);
    expect(await states()).toEqual(['waiting', 'signing']);
    expect((await published()).keys).toHaveLength(2);
    expect(kidOf(await token())).toBe(kidOf(first));
    await passTime(61);
    expect(await states()).toEqual(['signing', 'verifying']);
    const second = await token();
    expect(kidOf(second)).not.toBe(kidOf(first));
    const keys = createLocalJWKSet(await published());
    for (const jwt of [first, second]) await jwtVerify(jwt, keys, { audience: 'hedui' });
    await passTime(600 + 61);
    expect(await states()).toEqual(['signing']);
    expect((await published()).keys.map(({ kid }) => kid)).toEqual([kidOf(second)]);
    const left = await identity.pool.query('SELECT 1 FROM signing_key');
    expect(left.rowCount).toBe(1);
  });

  it('that was stolen ends at once', async () => {
    const stolen = await token();
    await rotate('?compromised=true');
    expect(await states()).toEqual(['signing']);
    await expect(jwtVerify(stolen, createLocalJWKSet(await published()))).rejects.toThrow();
    expect(await identity.verifier.verify(await token())).toMatchObject({ subject: 'housing-office' });
    await expect(identity.verifier.verify(stolen)).rejects.toBeInstanceOf(HeduiError);
    const kept = await identity.pool.query(`SELECT 1 FROM audit_entry WHERE action = 'signing_key.rotate'`);
    expect(kept.rowCount).toBe(1);
  });

  it('shows its public half only, and lies sealed', async () => {
    expect(JSON.stringify(await published())).not.toContain('"d"');
    const { rows } = await identity.pool.query<{ sealed: Buffer }>('SELECT sealed FROM signing_key');
    expect(rows[0]?.sealed.toString('latin1')).not.toContain('Ed25519');
  });

  it('is the same for every copy of the service, however many start at once', async () => {
    await identity.pool.query('DELETE FROM signing_key');
    const sealer = createSealer(
      parseKeyFile(JSON.stringify({ current: '1', keys: { 1: Buffer.alloc(32, 7).toString('base64') } }), 'test'),
    );
    const options = { pool: identity.pool, sealer, logger, tokenSeconds: 600, notice: 60, days: 90 };
    const copies = await Promise.all(Array.from({ length: 6 }, () => createSigningKeys(options)));
    expect(new Set(copies.map((copy) => copy.current().version)).size).toBe(1);
  });

  it('is replaced by itself when it is old', async () => {
    const [before] = (await published()).keys;
    await identity.pool.query(`UPDATE signing_key SET created_at = now() - interval '91 days'`);
    expect(await states()).toEqual(['waiting', 'signing']);
    await passTime(61);
    expect(await states()).toEqual(['signing', 'verifying']);
    expect(kidOf(await token())).not.toBe(before?.kid);
  });
});

describe('discovery', () => {
  it('names the addresses of the issuer, whatever host the caller asks for', async () => {
    for (const path of ['/oidc/.well-known/openid-configuration', '/.well-known/openid-configuration']) {
      const answer = await identity.app.inject({
        url: path,
        headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
      });
      expect(answer.json()).toMatchObject({
        issuer: identity.issuer,
        jwks_uri: `${identity.issuer}/jwks`,
        token_endpoint: `${identity.issuer}/token`,
        device_authorization_endpoint: `${identity.issuer}/device/auth`,
        code_challenge_methods_supported: ['S256'],
        id_token_signing_alg_values_supported: ['EdDSA'],
      });
      expect(answer.body).not.toContain('evil');
    }
  });
});
