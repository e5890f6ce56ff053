import { readFileSync, statSync } from 'node:fs';
import { type Caller, PURPOSES, type Purpose, ROLES, type Role } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';

export interface TokenVerifier {
  /** Rejects with TOKEN_INVALID. */
  verify(token: string): Promise<Caller>;
}

export const TOKEN_AUDIENCE = 'hedui';
/** A verified token is trusted again for this long without another signature check. */
const REMEMBERED_MS = 30_000;
const REMEMBERED_TOKENS = 1_000;
const knownRoles: ReadonlySet<unknown> = new Set(ROLES);
const knownPurposes: ReadonlySet<unknown> = new Set(PURPOSES);
const REGION = /^[0-9]{6}(?:[0-9]{3})?$/;

/** A claim that is a list, or text with its parts set apart by spaces. */
function listed(claim: unknown): string[] {
  const list: unknown[] = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(' ') : [];
  return list.filter((one): one is string => typeof one === 'string');
}

function callerFrom(payload: JWTPayload): Caller {
  return {
    subject: String(payload.sub),
    roles: listed(payload.roles).filter((role): role is Role => knownRoles.has(role)),
    regions: listed(payload.regions).filter((region) => REGION.test(region)),
    purposes: listed(payload.purposes).filter((purpose): purpose is Purpose => knownPurposes.has(purpose)),
    sources: listed(payload.sources),
    department: typeof payload.department === 'string' ? payload.department : null,
  };
}

function readKeys(file: string): ReturnType<typeof createLocalJWKSet> {
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof parsed !== 'object' || parsed === null || !('keys' in parsed) || !Array.isArray(parsed.keys)) {
    throw new TypeError('the key file of the tokens is not a JWK set');
  }
  return createLocalJWKSet({ keys: parsed.keys } satisfies JSONWebKeySet);
}

/**
 * Verifies tokens against the public keys in `jwksFile`: a JWT signed with EdDSA, of audience `hedui`, not expired, with
 * `sub` and `roles`. The issuer is whoever holds the key. A file that has changed since is read again when a token names
 * a key that is not known, so keys can be rotated without a restart. Throws at once when the file cannot be read.
 */
export function createTokenVerifier(options: { jwksFile: string }): TokenVerifier {
  let keys = readKeys(options.jwksFile);
  let readAt = statSync(options.jwksFile).mtimeMs;
  const remembered = new Map<string, { caller: Caller; until: number }>();

  const check = (token: string) =>
    jwtVerify(token, keys, {
      algorithms: ['EdDSA', 'Ed25519'],
      audience: TOKEN_AUDIENCE,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: 5,
    });

  function refreshed(): boolean {
    const changedAt = statSync(options.jwksFile).mtimeMs;
    if (changedAt === readAt) return false;
    keys = readKeys(options.jwksFile);
    readAt = changedAt;
    return true;
  }

  async function payloadOf(token: string): Promise<JWTPayload> {
    try {
      return (await check(token)).payload;
    } catch (error) {
      const unknownKey =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
      if (!unknownKey || !refreshed()) throw error;
      return (await check(token)).payload;
    }
  }

  return {
    async verify(token) {
      const now = Date.now();
      const known = remembered.get(token);
      if (known && known.until > now) return known.caller;
      remembered.delete(token);
      const payload = await payloadOf(token).catch((cause: unknown) => {
        throw new HeduiError('TOKEN_INVALID', { cause });
      });
      const caller = callerFrom(payload);
      const [oldest] = remembered.keys();
      if (remembered.size >= REMEMBERED_TOKENS && oldest !== undefined) remembered.delete(oldest);
      remembered.set(token, { caller, until: Math.min(now + REMEMBERED_MS, Number(payload.exp) * 1000) });
      return caller;
    },
  };
}
