import { type Caller, PURPOSES, type Purpose, ROLES, type Role } from '@hedui/contracts';
import { HeduiError, heduiError } from '@hedui/errors';
import { decodeJwt, type JWTPayload } from 'jose';
import { clientTls, type TlsConfig } from './tls.js';
import { checkByFile, checkByIssuer, type TokenTrust } from './token-keys.js';

export interface TokenVerifier {
  /** Rejects with TOKEN_INVALID, or with UPSTREAM_UNAVAILABLE while the keys of the token's issuer cannot be had. */
  verify(token: string): Promise<Caller>;
}

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
    secondedBy: typeof payload.seconded_by === 'string' ? payload.seconded_by : null,
  };
}

/**
 * Verifies tokens of those whom `trust` names: a signed JWT of audience `hedui`, not expired, not of the future, with `sub` and
 * `roles`. A token that names the issuer as its own is checked with the issuer's keys only; any other with those of the
 * file. Throws at once when nobody is trusted or the file cannot be read; the issuer may be away.
 */
export function createTokenVerifier(trust: TokenTrust): TokenVerifier {
  const { issuer, issuerKeys, jwksFile } = trust;
  const byFile = jwksFile === undefined ? null : checkByFile(jwksFile);
  const byIssuer = issuer === undefined ? null : checkByIssuer(issuer, issuerKeys, trust.tls);
  if (!byFile && !byIssuer) throw new TypeError('nobody is trusted: neither a key file nor an issuer of tokens');

  const remembered = new Map<string, { caller: Caller; until: number }>();

  async function payloadOf(token: string): Promise<JWTPayload> {
    if (issuer !== undefined && byIssuer && decodeJwt(token).iss === issuer) {
      // Standing for two people is for trial installations, whose tokens are made beside the key file.
      const { seconded_by: _ignored, ...payload } = await byIssuer(token);
      return payload;
    }
    if (!byFile) throw new TypeError('the token is of an issuer that is not trusted');
    return await byFile(token);
  }

  return {
    async verify(token) {
      const now = Date.now();
      const known = remembered.get(token);
      if (known && known.until > now) return known.caller;
      remembered.delete(token);
      const payload = await payloadOf(token).catch((cause: unknown) => {
        throw heduiError(cause) ?? new HeduiError('TOKEN_INVALID', { cause });
      });
      const caller = callerFrom(payload);
      const [oldest] = remembered.keys();
      if (remembered.size >= REMEMBERED_TOKENS && oldest !== undefined) remembered.delete(oldest);
      remembered.set(token, { caller, until: Math.min(now + REMEMBERED_MS, Number(payload.exp) * 1000) });
      return caller;
    },
  };
}

/** The environment's names of what is trusted. */
export interface TokenConfig extends TlsConfig {
  HEDUI_TOKEN_JWKS?: string | undefined;
  HEDUI_ISSUER?: string | undefined;
  HEDUI_ISSUER_JWKS?: string | undefined;
  HEDUI_ISSUER_CA?: string | undefined;
}

/** The verifier that a service's configuration asks for. */
export function tokenVerifierOf(config: TokenConfig): TokenVerifier {
  return createTokenVerifier({
    jwksFile: config.HEDUI_TOKEN_JWKS,
    issuer: config.HEDUI_ISSUER,
    issuerKeys: config.HEDUI_ISSUER_JWKS,
    tls: { ...clientTls(config), ca: config.HEDUI_ISSUER_CA ?? config.HEDUI_TLS_CA },
  });
}
