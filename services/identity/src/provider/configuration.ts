import type { Pool } from '@hedui/postgres';
import { type Configuration, errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { clientById } from '../db/clients.js';
import { userById } from '../db/users.js';
import type { KeySet } from '../keys/signing-keys.js';
import { codePage, confirmPage, connectedPage } from '../pages/device.js';
import { type Page, pageHeaders, pageHtml } from '../pages/html.js';
import { errorPage } from '../pages/login.js';
import { createAdapter } from './adapter.js';
import { MOUNT } from './addresses.js';
import { BUILT_IN } from './built-in.js';
import { claimsOf } from './claims.js';
import { metadataOf } from './client-metadata.js';

/** The one thing that tokens are for: the API of the mesh. */
const RESOURCE = 'urn:hedui:api';
const SCOPE = 'hedui';
const AUDIENCE = 'hedui';
const SIGNED = 'EdDSA';

export interface ProviderSettings {
  pool: Pool;
  /** Signs cookies. */
  cookieKeys: readonly Buffer[];
  /** Seconds. */
  tokenSeconds: number;
  refreshSeconds: number;
  loginSeconds: number;
  /** How many logins of one person hold at a time. */
  logins: number;
}

function show(ctx: KoaContextWithOIDC, page: Page): void {
  for (const [name, value] of Object.entries(pageHeaders())) ctx.set(name, value);
  ctx.body = pageHtml(page);
}

const xsrfOf = (ctx: KoaContextWithOIDC) => String(ctx.oidc.session?.state?.secret ?? '');

/** The code that the address of the page holds already (`verification_uri_complete`); the query is not passed on, see mount.ts. */
function codeInAddress(ctx: KoaContextWithOIDC): string {
  const address = 'originalUrl' in ctx.req ? String(ctx.req.originalUrl) : '';
  const code = new URL(address, 'http://here').searchParams.get('user_code') ?? '';
  return /^[A-Za-z-]{1,20}$/.test(code) ? code.toUpperCase() : '';
}

/** Who may log in and what tokens then say; state lies in PostgreSQL, so any copy of this service goes on where another began. */
export function providerConfiguration(settings: ProviderSettings, keys: KeySet): Configuration {
  const { pool, tokenSeconds, refreshSeconds, loginSeconds, logins } = settings;
  const policy = interactionPolicy.base();
  // Every client was entered by an administrator and has one purpose: there is nothing that a person could consent to.
  policy.remove('consent');
  const ended = new interactionPolicy.Check('login_ended', 'the login has ended', ({ oidc }) =>
    oidc.session?.accountId !== undefined && oidc.session.past(loginSeconds) && !oidc.result?.login
      ? interactionPolicy.Check.REQUEST_PROMPT
      : interactionPolicy.Check.NO_NEED_TO_PROMPT,
  );
  policy.get('login')?.checks.add(ended);
  /** How long something of a login that began at `loginTs` is kept without being used. */
  const within = (loginTs = Math.floor(Date.now() / 1000)) =>
    Math.max(1, Math.min(refreshSeconds, loginTs + loginSeconds - Math.floor(Date.now() / 1000)));
  return {
    adapter: createAdapter(
      pool,
      async (id) => {
        const found = await clientById(pool, id);
        return found && !found.client.disabled ? metadataOf(found) : undefined;
      },
      logins,
    ),
    clients: BUILT_IN,
    clientDefaults: { id_token_signed_response_alg: SIGNED },
    clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt'],
    enabledJWA: {
      idTokenSigningAlgValues: [SIGNED],
      clientAuthSigningAlgValues: [SIGNED, 'Ed25519', 'ES256', 'RS256', 'PS256'],
    },
    jwks: { keys: keys.jwks },
    scopes: ['openid', 'offline_access', SCOPE],
    responseTypes: ['code'],
    pkce: { required: () => true },
    claims: { openid: ['sub'] },
    cookies: {
      keys: settings.cookieKeys.map((key) => key.toString('base64')),
      names: { session: 'hedui_login', interaction: 'hedui_interaction', resume: 'hedui_resume' },
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: MOUNT },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    interactions: { policy, url: (_ctx, interaction) => `${MOUNT}/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (ctx, _form, _out, error) =>
          show(
            ctx,
            codePage(ctx.oidc.urlFor('code_verification'), xsrfOf(ctx), codeInAddress(ctx), error !== undefined),
          ),
        userCodeConfirmSource: (ctx, _form, client, _device, code) =>
          show(
            ctx,
            confirmPage(ctx.oidc.urlFor('code_verification'), xsrfOf(ctx), code, client.clientName ?? client.clientId),
          ),
        successSource: (ctx) => show(ctx, connectedPage),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo(_ctx, resource) {
          if (resource !== RESOURCE) throw new errors.InvalidTarget();
          return {
            scope: SCOPE,
            audience: AUDIENCE,
            accessTokenFormat: 'jwt',
            accessTokenTTL: tokenSeconds,
            jwt: { sign: { alg: SIGNED, kid: keys.signing } },
          };
        },
      },
    },
    async findAccount(_ctx, id) {
      const found = await userById(pool, id);
      if (!found || found.user.disabled) return undefined;
      return { accountId: id, claims: () => ({ sub: id }) };
    },
    async extraTokenClaims(_ctx, token) {
      const holder =
        token.kind === 'ClientCredentials'
          ? (await clientById(pool, token.clientId ?? ''))?.client
          : (await userById(pool, token.accountId))?.user;
      // Disabled between the first check and this one.
      if (!holder || holder.disabled) throw new errors.InvalidGrant('the account is gone');
      return claimsOf(holder);
    },
    async loadExistingGrant(ctx) {
      const { client, provider, session } = ctx.oidc;
      if (!client || !session?.accountId) return undefined;
      const known = session.grantIdFor(client.clientId);
      const grant =
        (known ? await provider.Grant.find(known) : undefined) ??
        new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid offline_access');
      grant.addResourceScope(RESOURCE, SCOPE);
      await grant.save();
      return grant;
    },
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: () => true,
    ttl: {
      AccessToken: tokenSeconds,
      ClientCredentials: tokenSeconds,
      IdToken: tokenSeconds,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Interaction: 900,
      Grant: loginSeconds + refreshSeconds,
      Session: (_ctx, session) => within(session.loginTs),
      RefreshToken: (_ctx, token) => within(token.authTime),
    },
    renderError(ctx, out) {
      show(ctx, errorPage(out.error));
    },
  };
}
