import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestAuthority, testAuthority } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createClient, createTokenVerifier, tokenVerifierOf } from '../src/index.js';
import { tlsServerOptions } from '../src/tls.js';

let authority: TestAuthority;
let server: Server;
let origin: string;
let key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
let own: { ca: string; cert: string; key: string };
/** An issuer that answers only callers with a certificate of the installation's authority. */
beforeAll(async () => {
  authority = await testAuthority();
  own = { ca: authority.ca, ...(await authority.issue('verification')) };
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  key = pair.privateKey;
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: '1' }] });
  server = createServer(
    tlsServerOptions({ ...(await authority.issue('identity')), clientCa: authority.ca }),
    (request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.url === '/elsewhere') return response.writeHead(302, { location: '/jwks' }).end();
      const discovery = JSON.stringify({ issuer: origin, jwks_uri: `${origin}/jwks` });
      response.end(request.url === '/jwks' ? jwks : discovery);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  authority.remove();
});

const token = () =>
  new SignJWT({ roles: ['auditor'] })
    .setProtectedHeader({ alg: 'EdDSA', kid: '1' })
    .setSubject('somebody')
    .setIssuer(origin)
    .setAudience('hedui')
    .setExpirationTime('5m')
    .sign(key);

describe('calls to a service that wants to see a certificate', () => {
  it('are answered when the own one is shown, and redirects are not followed', async () => {
    const ask = createClient(own);
    expect((await ask(`${origin}/jwks`)).status).toBe(200);
    expect((await ask(`${origin}/elsewhere`)).status).toBe(302);
  });

  it('fail without a certificate, and when the service is of an authority that is not named', async () => {
    await expect(createClient({ ca: authority.ca })(`${origin}/jwks`)).rejects.toThrow();
    await expect(createClient()(`${origin}/jwks`)).rejects.toThrow();
  });

  it.each([true, false])('find the keys of the issuer (by discovery: %s)', async (discovered) => {
    const issuerKeys = discovered ? undefined : `${origin}/jwks`;
    const shown = createTokenVerifier({ issuer: origin, issuerKeys, tls: own });
    expect(await shown.verify(await token())).toMatchObject({ subject: 'somebody', roles: ['auditor'] });
    const hidden = createTokenVerifier({ issuer: origin, issuerKeys, tls: { ca: authority.ca } });
    await expect(hidden.verify(await token())).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  it('believe another authority for an issuer of another house', async () => {
    const other = await testAuthority();
    const config = { HEDUI_ISSUER: origin, HEDUI_TLS_CA: other.ca, HEDUI_TLS_CERT: own.cert, HEDUI_TLS_KEY: own.key };
    await expect(tokenVerifierOf(config).verify(await token())).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    const named = tokenVerifierOf({ ...config, HEDUI_ISSUER_CA: authority.ca });
    expect(await named.verify(await token())).toMatchObject({ subject: 'somebody' });
    other.remove();
  });
});
