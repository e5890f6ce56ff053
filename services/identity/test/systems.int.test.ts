import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CryptoKey, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { SECRET, startIdentity, type TestIdentity } from './support/service.js';

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const CREDENTIALS = { grant_type: 'client_credentials' };
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const RIGHTS = { roles: ['department'], regions: ['520100'], purposes: ['medical'], department: 'hospital' };

describe('a system with a secret', () => {
  it('gets a token of its department, and no refresh token', async () => {
    const { status, body } = await identity.post('token', CREDENTIALS, basic('housing-office', SECRET));
    expect({ status, keys: Object.keys(body).sort() }).toEqual({
      status: 200,
      keys: ['access_token', 'expires_in', 'token_type'],
    });
    expect(await identity.verifier.verify(String(body.access_token))).toMatchObject({
      subject: 'housing-office',
      roles: ['department'],
      department: 'housing',
    });
  });

  it.each([
    ['another secret', basic('housing-office', `${SECRET}x`)],
    ['the hash of its secret', basic('housing-office', 'ivgW7h0nd3vWzB6UZjTzq8iR9nGkqzvB0GZ0n4Uo6hI')],
    ['an id that does not exist', basic('nobody-here', SECRET)],
    ['nothing', {}],
  ])('gets none with %s', async (_which, headers) => {
    const { status, body } = await identity.post('token', CREDENTIALS, headers);
    expect([400, 401]).toContain(status);
    expect(['invalid_client', 'invalid_request']).toContain(body.error);
  });

  it('keeps its secret as a hash', async () => {
    const { rows } = await identity.pool.query<{ all: string }>(
      `SELECT string_agg(system_client::text, ' ') AS all FROM system_client`,
    );
    expect(rows[0]?.all).not.toContain(SECRET);
  });

  it('gets no more tokens once it is disabled', async () => {
    const id = 'short-lived-office';
    const body = { id, credentials: { secret: SECRET }, ...RIGHTS };
    expect((await identity.admin('POST', '/v1/clients', body)).status).toBe(201);
    expect((await identity.post('token', CREDENTIALS, basic(id, SECRET))).status).toBe(200);
    await identity.admin('POST', `/v1/clients/${id}/disable`);
    expect((await identity.post('token', CREDENTIALS, basic(id, SECRET))).body.error).toBe('invalid_client');
    await identity.admin('POST', `/v1/clients/${id}/enable`);
    const fresh = 'another-secret-of-that-office-98765432';
    await identity.admin('POST', `/v1/clients/${id}/credentials`, { secret: fresh });
    expect((await identity.post('token', CREDENTIALS, basic(id, SECRET))).body.error).toBe('invalid_client');
    expect((await identity.post('token', CREDENTIALS, basic(id, fresh))).status).toBe(200);
  });
});

describe('a system with a key', () => {
  const id = 'city-hospital';
  let key: CryptoKey;
  beforeAll(async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    key = pair.privateKey;
    const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'h1', alg: 'ES256' }] };
    const made = await identity.admin('POST', '/v1/clients', { id, credentials: { jwks }, ...RIGHTS });
    expect(made).toMatchObject({ status: 201, body: { method: 'private_key_jwt' } });
  });

  const assertion = (claims: Record<string, unknown> = {}, signing: CryptoKey = key) => {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: id, sub: id, aud: identity.issuer, jti: `${now}-${Math.random()}`, iat: now, exp: now + 60 };
    return new SignJWT({ ...all, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'h1' }).sign(signing);
  };
  const ask = (client_assertion: string) =>
    identity.post('token', { ...CREDENTIALS, client_assertion_type: ASSERTION, client_assertion });

  it('gets a token for an assertion, once', async () => {
    const signed = await assertion();
    const { status, body } = await ask(signed);
    expect(status).toBe(200);
    expect(decodeJwt(String(body.access_token))).toMatchObject({ sub: id, department: 'hospital' });
    expect(await ask(signed)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('gets none for one that has expired, is for somebody else, or was signed with another key', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    for (const signed of [
      await assertion({ exp: 1000 }),
      await assertion({ aud: 'https://elsewhere.example' }),
      await assertion({ sub: 'housing-office' }),
      await assertion({}, privateKey),
    ]) {
      expect((await ask(signed)).status).not.toBe(200);
    }
  });

  it('shows its public key only: a private one is refused', async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const jwks = { keys: [await exportJWK(pair.privateKey)] };
    expect(await identity.admin('POST', `/v1/clients/${id}/credentials`, { jwks })).toMatchObject({
      status: 400,
      body: { code: 'BODY_INVALID' },
    });
  });
});
