import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PURPOSES, type Role } from '@hedui/contracts';
import { createTokenVerifier, type TokenVerifier } from '@hedui/http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** A service behind the gateway, as small as the test needs it. */
export interface FakeUpstream {
  origin: string;
  /** What came in, newest last. */
  requests: IncomingMessage[];
  /** Cuts every connection and stops listening. */
  stop(): Promise<void>;
}

export async function startUpstream(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeUpstream> {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    if (request.url === '/ready') return void response.end('{}');
    requests.push(request);
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Tokens {
  verifier: TokenVerifier;
  token(roles: readonly Role[], subject?: string): Promise<string>;
  remove(): void;
}

/** Tokens as an installation issues them, with a key made for the test. */
export async function createTokens(): Promise<Tokens> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hedui-gateway-'));
  const jwksFile = path.join(folder, 'jwks.json');
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  writeFileSync(jwksFile, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: '1' }] }));
  return {
    verifier: createTokenVerifier({ jwksFile }),
    token: (roles, subject = 'somebody') =>
      new SignJWT({ roles: [...roles], regions: ['000000'], purposes: [...PURPOSES], sources: ['*'] })
        .setProtectedHeader({ alg: 'EdDSA', kid: '1' })
        .setSubject(subject)
        .setAudience('hedui')
        .setExpirationTime('5m')
        .sign(privateKey),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
