import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { ROUTES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTokenVerifier, defineRoute, type TokenVerifier } from '../src/index.js';
import { type SecondIssuer, startSecondIssuer } from './second-issuer.js';
import { createIssuer, createService, type Issuer, type TestService } from './service.js';

let second: SecondIssuer;
let local: Issuer;
let service: TestService;
beforeEach(async () => {
  second = await startSecondIssuer();
  local = await createIssuer();
  await serve(createTokenVerifier({ issuer: second.issuer, jwksFile: local.jwksFile }));
});
afterEach(async () => {
  await service.close();
  local.remove();
  await second.stop();
});

async function serve(tokens: TokenVerifier): Promise<void> {
  service = await createService({ checkAnswers: false, tokens });
  defineRoute(service.app, ROUTES.getReport, async ({ caller }) => ({ json: { subject: caller.subject } }));
}
const ask = async (token: string) => {
  const answer = await service.app.inject({ url: '/v1/reports/R1', headers: { authorization: `Bearer ${token}` } });
  return answer.json();
};
const REFUSED = { status: 401, code: 'TOKEN_INVALID' };
const now = () => Math.floor(Date.now() / 1000);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = () => ({ iss: second.issuer, aud: 'hedui', sub: 'mallory', exp: now() + 300, roles: ['auditor'] });

describe('a service that trusts an issuer elsewhere', () => {
  it('finds it by discovery and takes its tokens', async () => {
    expect(await ask(await second.token())).toEqual({ subject: 'li' });
    expect(second.asked()).toBe(1);
  });

  it('takes those of the key file beside them', async () => {
    expect(await ask(await local.token(['auditor']))).toEqual({ subject: 'somebody' });
    expect(second.asked()).toBe(0);
  });

  it.each(['RS256', 'EdDSA'] as const)('knows %s', async (alg) => {
    const other = await startSecondIssuer(alg);
    const verifier = createTokenVerifier({ issuer: other.issuer });
    expect(await verifier.verify(await other.token())).toMatchObject({ subject: 'li', roles: ['auditor'] });
    await other.stop();
  });

  it('asks the address of the keys itself when it is told', async () => {
    const verifier = createTokenVerifier({ issuer: second.issuer, issuerKeys: second.keysAt });
    expect(await verifier.verify(await second.token())).toMatchObject({ subject: 'li' });
  });

  it('reads roles given as text, and nothing that it does not know', async () => {
    const verifier = createTokenVerifier({ issuer: second.issuer });
    const token = await second.token({ roles: ['auditor', 'root', 'operator'], regions: '520100 5201 x' });
    expect(await verifier.verify(token)).toMatchObject({ roles: ['auditor', 'operator'], regions: ['520100'] });
  });

  it('lets nobody from there stand for two people', async () => {
    const verifier = createTokenVerifier({ issuer: second.issuer });
    expect((await verifier.verify(await second.token({ seconded_by: 'x' }))).secondedBy).toBeNull();
  });

  it.each<[string, () => Promise<string> | string]>([
    ['that has expired', () => second.token({ exp: now() - 60 })],
    ['that never expires', () => second.token({ exp: undefined })],
    ['of nobody', () => second.token({ sub: undefined })],
    ['not valid yet', () => second.token({ nbf: now() + 600 })],
    ['issued in the future', () => second.token({ iat: now() + 600 })],
    ['for another audience', () => second.token({ aud: 'bank' })],
    ['for no audience', () => second.token({ aud: undefined })],
    ['that names another issuer', () => second.token({ iss: 'https://elsewhere.example' })],
    ['that names no issuer', () => second.token({ iss: undefined })],
    [
      'that demands what nobody here knows',
      () => second.token({}, { crit: ['exp-x'], 'exp-x': 1 }).catch(() => 'x.y.z'),
    ],
    ['without a signature', () => `${part({ alg: 'none' })}.${part(claims())}.`],
    [
      'without a signature, by another spelling',
      () => `${part({ alg: 'nOnE', kid: 'second-1' })}.${part(claims())}.AA`,
    ],
    [
      'whose key is the public one taken as a secret',
      async () => {
        const key = createPublicKey({ key: await second.publicJwk(), format: 'jwk' });
        const signed = `${part({ alg: 'HS256', kid: 'second-1' })}.${part(claims())}`;
        const secret = key.export({ type: 'spki', format: 'pem' });
        return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
      },
    ],
    [
      'that brings its own key',
      () => {
        const { privateKey, publicKey } = generateKeyPairSync('ed25519');
        const jwk = publicKey.export({ format: 'jwk' });
        const signed = `${part({ alg: 'EdDSA', kid: 'second-1', jwk, jku: second.keysAt })}.${part(claims())}`;
        return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
      },
    ],
    ['whose key id is a path', () => second.token({}, { kid: '../../../../dev/null' })],
    ['whose key id is SQL', () => second.token({}, { kid: "' OR 1=1 --" })],
    ['of the key file that names the issuer as its own', () => local.token(['auditor'], { issuer: second.issuer })],
    [
      'altered after it was signed',
      async () => {
        const [head, , signature] = (await second.token()).split('.');
        return `${head}.${part({ ...claims(), roles: ['operator'] })}.${signature}`;
      },
    ],
  ])('refuses a token %s', async (_which, token) => {
    expect(await ask(await token())).toMatchObject(REFUSED);
  });

  it('takes a new key up, and asks no more often for keys that nobody knows', async () => {
    expect(await ask(await second.token())).toEqual({ subject: 'li' });
    for (let i = 0; i < 20; i++)
      expect(await ask(await second.token({}, { kid: `unknown-${i}` }))).toMatchObject(REFUSED);
    expect(second.asked()).toBe(1);
  });

  it('starts while the issuer is away, says so, and takes its tokens when it is there', async () => {
    const { port } = new URL(second.issuer);
    const token = await second.token();
    const verifier = createTokenVerifier({ issuer: second.issuer, issuerKeys: second.keysAt });
    await second.stop();
    const refusal = await verifier.verify(token).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(HeduiError);
    expect(refusal).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retriable: true });
    second = await startSecondIssuer('ES256', Number(port));
    expect(await verifier.verify(await second.token())).toMatchObject({ subject: 'li' });
  });

  it('does not believe a discovery document of somebody else', async () => {
    const verifier = createTokenVerifier({ issuer: `${second.issuer}/` });
    const token = await second.token({ iss: `${second.issuer}/` });
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  it('cannot be made to trust nobody', () => {
    expect(() => createTokenVerifier({})).toThrow(/nobody is trusted/);
  });
});
