import { createServer, type Server } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** Claims beside the usual ones, or instead of them; `undefined` leaves one out. */
export type Claims = { [K in keyof JWTPayload]?: JWTPayload[K] | undefined } & { roles?: string[] };

/** An OpenID provider of somebody else: discovery and keys, nothing more. */
export interface SecondIssuer {
  issuer: string;
  keysAt: string;
  /** How often its keys were asked for. */
  asked(): number;
  token(claims?: Claims, header?: Record<string, unknown>): Promise<string>;
  /** Signs with a fresh key from now on; the old one is published no more unless `keep`. */
  rotate(keep?: boolean): Promise<void>;
  publicJwk(): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** `port`: the one that it has to listen on, when its address was told before it started. */
export async function startSecondIssuer(alg: 'ES256' | 'RS256' | 'EdDSA' = 'ES256', port = 0): Promise<SecondIssuer> {
  let pairs: { kid: string; alg: string; privateKey: CryptoKey; publicKey: CryptoKey }[] = [];
  let made = 0;
  let asked = 0;
  const rotate = async (keep = false) => {
    const pair = { kid: `second-${++made}`, alg, ...(await generateKeyPair(alg, { extractable: true })) };
    pairs = keep ? [pair, ...pairs] : [pair];
  };
  await rotate();
  const jwk = async ({ kid, publicKey }: (typeof pairs)[number]) => ({ ...(await exportJWK(publicKey)), kid, alg });
  let issuer = '';
  const server = createServer((request, response) => {
    const answer = async () => {
      if (request.url === '/realm/.well-known/openid-configuration') return { issuer, jwks_uri: `${issuer}/keys` };
      asked++;
      return { keys: await Promise.all(pairs.map(jwk)) };
    };
    void answer().then((body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  issuer = `http://127.0.0.1:${address.port}/realm`;
  return {
    issuer,
    keysAt: `${issuer}/keys`,
    asked: () => asked,
    rotate,
    publicJwk: async () => {
      const [pair] = pairs;
      if (!pair) throw new Error('there is no key');
      return await jwk(pair);
    },
    async token(claims = {}, header = {}) {
      const [pair] = pairs;
      if (!pair) throw new Error('there is no key');
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: issuer, aud: 'hedui', sub: 'li', exp: now + 300, iat: now, roles: ['auditor'] };
      const all = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined);
      return await new SignJWT(Object.fromEntries(all))
        .setProtectedHeader({ alg, kid: pair.kid, ...header })
        .sign(pair.privateKey);
    },
    stop: () => close(server),
  };
}
