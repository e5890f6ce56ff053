import { readFileSync, statSync } from 'node:fs';
import { HeduiError } from '@hedui/errors';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { type Client, createClient } from './client.js';
import type { ClientTls } from './tls.js';

/** Whose tokens hold here. Both may be given: a token names its issuer, and only that issuer's keys verify it. */
export interface TokenTrust {
  /** Path of a JWK set: tokens of whoever holds its private half, whatever they name as their issuer. */
  jwksFile?: string | undefined;
  /** An OpenID provider, as its tokens name it (`iss`). */
  issuer?: string | undefined;
  /** Address of the issuer's keys when it is not to be asked for its discovery document, as behind another address. */
  issuerKeys?: string | undefined;
  /** How the issuer is recognised, and what it is shown. */
  tls?: ClientTls | undefined;
}

/** The payload of a token whose signature and times hold; rejects with an error of jose, or UPSTREAM_UNAVAILABLE. */
export type TokenCheck = (token: string) => Promise<JWTPayload>;

export const TOKEN_AUDIENCE = 'hedui';
/** Seconds that clocks may differ. */
const TOLERANCE = 5;
const ASK_MS = 5_000;
/** After an unknown key or a failure the issuer is not asked again for this long, however many tokens come. */
const COOLDOWN_MS = 10_000;
/** A key that the issuer has taken back is trusted for at most this long. */
const KEYS_KEPT_MS = 300_000;

const expected: JWTVerifyOptions = {
  audience: TOKEN_AUDIENCE,
  requiredClaims: ['exp', 'sub'],
  clockTolerance: TOLERANCE,
};

async function verified(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys, { ...expected, ...options });
  // nbf is checked when it is there; a token that says it is not made yet is no better.
  if (payload.iat !== undefined && payload.iat > Date.now() / 1000 + TOLERANCE) {
    throw new errors.JWTClaimValidationFailed('the token was issued in the future', payload, 'iat', 'check_failed');
  }
  return payload;
}

function readKeys(file: string): JWTVerifyGetKey {
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof parsed !== 'object' || parsed === null || !('keys' in parsed) || !Array.isArray(parsed.keys)) {
    throw new TypeError('the key file of the tokens is not a JWK set');
  }
  return createLocalJWKSet({ keys: parsed.keys } satisfies JSONWebKeySet);
}

/**
 * Tokens signed with EdDSA by a key of a file. A file that has changed since is read again when a token names a key that is not
 * known, so keys can be rotated without a restart. Throws at once when the file cannot be read.
 */
export function checkByFile(file: string): TokenCheck {
  let keys = readKeys(file);
  let readAt = statSync(file).mtimeMs;
  const check = (token: string) => verified(token, keys, { algorithms: ['EdDSA', 'Ed25519'] });

  function refreshed(): boolean {
    const changedAt = statSync(file).mtimeMs;
    if (changedAt === readAt) return false;
    keys = readKeys(file);
    readAt = changedAt;
    return true;
  }

  return async (token) => {
    try {
      return await check(token);
    } catch (error) {
      const unknownKey =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
      if (!unknownKey || !refreshed()) throw error;
      return await check(token);
    }
  };
}

async function discover(ask: Client, issuer: string): Promise<URL> {
  const at = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await ask(at, { signal: AbortSignal.timeout(ASK_MS) });
  const found: unknown = answer.ok ? await answer.json() : null;
  if (
    typeof found !== 'object' ||
    found === null ||
    !('issuer' in found) ||
    !('jwks_uri' in found) ||
    found.issuer !== issuer ||
    typeof found.jwks_uri !== 'string'
  ) {
    throw new Error(`${at} does not describe this issuer`);
  }
  return new URL(found.jwks_uri);
}

const away = (cause: unknown) =>
  new HeduiError('UPSTREAM_UNAVAILABLE', { detail: 'the issuer of tokens is away', retriable: true, cause });

/**
 * Tokens of an OpenID provider: found by discovery when the first token comes, so a service starts while it is away. Its keys are
 * kept, asked for again when a token names an unknown one, at most every ten seconds. Rejects with UPSTREAM_UNAVAILABLE while
 * the issuer cannot be asked.
 */
export function checkByIssuer(issuer: string, keysAt?: string, tls?: ClientTls): TokenCheck {
  const ask = createClient(tls);
  let found: Promise<JWTVerifyGetKey> | null = null;
  let failedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;

  const remote = (url: URL): JWTVerifyGetKey =>
    createRemoteJWKSet(url, {
      timeoutDuration: ASK_MS,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: KEYS_KEPT_MS,
      [customFetch]: (at, { headers, signal }) => ask(at, { headers, signal }),
    });

  function keySet(): Promise<JWTVerifyGetKey> {
    if (keysAt !== undefined) found ??= Promise.resolve(remote(new URL(keysAt)));
    if (found) return found;
    if (performance.now() - failedAt < COOLDOWN_MS) return Promise.reject(failure);
    found = discover(ask, issuer).then(remote);
    found.catch((error: unknown) => {
      found = null;
      failure = error;
      failedAt = performance.now();
    });
    return found;
  }

  const known: JWTVerifyGetKey = async (header, input) => {
    try {
      return await (await keySet())(header, input);
    } catch (error) {
      const ofToken =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported;
      throw ofToken ? error : away(error);
    }
  };
  return (token) => verified(token, known, { issuer, algorithms: ['EdDSA', 'Ed25519', 'ES256', 'RS256'] });
}
