import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Caller } from '@hedui/contracts';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';

/** Signs tokens as the installation's issuer does, and such as nobody may believe. */
export interface Tokens {
  readonly jwksFile: string;
  sign(caller: Caller): Promise<string>;
  /** By name: what is wrong with it. */
  wrong(caller: Caller): Promise<Readonly<Record<string, string>>>;
  remove(): void;
}

const claimsOf = ({ roles, regions, purposes, sources, department, secondedBy }: Caller) => ({
  roles,
  regions,
  purposes,
  sources,
  ...(department === null ? {} : { department }),
  ...(secondedBy === null ? {} : { seconded_by: secondedBy }),
});

const HOUR = 3600;

export async function createTokens(): Promise<Tokens> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hedui-access-'));
  const jwksFile = path.join(folder, 'jwks.json');
  const own = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const foreign = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  writeFileSync(jwksFile, JSON.stringify({ keys: [{ ...(await exportJWK(own.publicKey)), kid: 'own' }] }));

  const now = () => Math.floor(Date.now() / 1000);
  const jwt = (caller: Caller, over: { exp?: number; iat?: number; nbf?: number; aud?: string } = {}) => {
    const made = new SignJWT(claimsOf(caller))
      .setProtectedHeader({ alg: 'EdDSA', kid: 'own' })
      .setSubject(caller.subject)
      .setAudience(over.aud ?? 'hedui')
      .setIssuer('test')
      .setIssuedAt(over.iat ?? now())
      .setExpirationTime(over.exp ?? now() + HOUR);
    return over.nbf === undefined ? made : made.setNotBefore(over.nbf);
  };
  const by = (token: SignJWT, key: CryptoKey) => token.sign(key);

  return {
    jwksFile,
    sign: (caller) => by(jwt(caller), own.privateKey),
    async wrong(caller) {
      return {
        expired: await by(jwt(caller, { iat: now() - 2 * HOUR, exp: now() - HOUR }), own.privateKey),
        foreign: await by(jwt(caller), foreign.privateKey),
        'for others': await by(jwt(caller, { aud: 'elsewhere' }), own.privateKey),
        unsigned: new UnsecuredJWT(claimsOf(caller))
          .setSubject(caller.subject)
          .setAudience('hedui')
          .setExpirationTime(now() + HOUR)
          .encode(),
        'of the future': await by(jwt(caller, { nbf: now() + HOUR }), own.privateKey),
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
