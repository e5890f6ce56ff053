import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PURPOSES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { createTokenVerifier, type TokenVerifier } from '@hedui/http';
import { createLogger } from '@hedui/logging';
import { createPool, type Pool } from '@hedui/postgres';
import { everyone, type TestDatabase, testDatabase } from '@hedui/testing';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../src/app.js';
import type { IdentityConfig } from '../../src/config.js';
import { type Browser, createBrowser } from './browser.js';

export const logger = createLogger('test', 'silent');
export const CALLBACK = 'http://127.0.0.1:9/callback';
export const PASSWORD = 'Rainy-Mountain-42-tea';
export const SECRET = 'a-secret-of-the-housing-office-0123456789';

const RIGHTS = { regions: ['520100'], purposes: [...PURPOSES], sources: [], department: null };
/** Random as the launcher's, so their hashes are cheap. */
const FIRST = {
  users: [
    { login: 'auditor-1', password: `${PASSWORD}-auditor`, random: true, ...RIGHTS, roles: ['auditor'] },
    { login: 'operator-1', password: `${PASSWORD}-operator`, random: true, ...RIGHTS, roles: ['operator'] },
    { login: 'fresh-1', password: PASSWORD, random: false, ...RIGHTS, roles: ['reviewer'] },
  ],
  clients: [
    {
      id: 'housing-office',
      credentials: { secret: SECRET },
      ...RIGHTS,
      roles: ['department'],
      department: 'housing',
    },
  ],
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no port');
  return address.port;
}

export interface TestIdentity {
  app: FastifyInstance;
  database: TestDatabase;
  pool: Pool;
  issuer: string;
  /** As the services verify. */
  verifier: TokenVerifier;
  config: IdentityConfig;
  browser(headers?: Record<string, string>): Browser;
  /** Form to an endpoint, JSON back. */
  post(endpoint: string, form: Record<string, string>, headers?: Record<string, string>): Promise<PostAnswer>;
  /** A call of an administrator. */
  admin(method: 'GET' | 'POST', url: string, body?: object, headers?: Record<string, string>): Promise<PostAnswer>;
  stop(): Promise<void>;
}

export interface PostAnswer {
  status: number;
  body: Record<string, string> & Record<string, unknown>;
  /** What a list answered; empty for any other answer. */
  items: Record<string, string>[];
}

/** The service on a port and a database of its own. `database`: one that is there already, for a second copy. */
export async function startIdentity(
  over: Partial<IdentityConfig> = {},
  database?: TestDatabase,
): Promise<TestIdentity> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hedui-identity-'));
  const own = database ?? (await testDatabase('identity'));
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}/oidc`;
  const file = (name: string, content: object) => {
    const at = path.join(folder, name);
    writeFileSync(at, JSON.stringify(content), { mode: 0o600 });
    return at;
  };
  const config: IdentityConfig = {
    HEDUI_SERVICE: 'identity',
    HEDUI_HOST: '127.0.0.1',
    HEDUI_PORT: port,
    LOG_LEVEL: 'silent',
    HEDUI_TLS_CLIENTS: 'any',
    HEDUI_ISSUER: issuer,
    DATABASE_URL: own.url,
    DATABASE_POOL: 8,
    DATABASE_ANSWER_SECONDS: 130,
    HEDUI_IDENTITY_KEYS: file('ring.json', { current: '1', keys: { 1: Buffer.alloc(32, 7).toString('base64') } }),
    HEDUI_FIRST_LOGINS: file('first.json', FIRST),
    HEDUI_TRUSTED_PROXIES: ['loopback'],
    HEDUI_TOKEN_SECONDS: 600,
    HEDUI_REFRESH_SECONDS: 3600,
    HEDUI_LOGIN_SECONDS: 86_400,
    HEDUI_LOGINS_PER_PERSON: 5,
    HEDUI_SIGNING_KEY_DAYS: 90,
    HEDUI_SIGNING_KEY_NOTICE: 60,
    ...over,
  };
  const tokens: TokenVerifier = {
    async verify(token) {
      if (token === 'administrator') return everyone({ subject: 'user-root', roles: ['administrator'] });
      if (token === 'operator') return everyone({ subject: 'user-op', roles: ['operator'] });
      throw new HeduiError('TOKEN_INVALID');
    },
  };
  const app = await buildApp(config, { logger, tokens });
  await app.listen({ host: '127.0.0.1', port });
  const pool = createPool({ url: own.url, name: 'test', max: 4, logger });
  const answered = async (answer: Response): Promise<PostAnswer> => {
    const body = JSON.parse((await answer.text()) || '{}');
    return { status: answer.status, body, items: Array.isArray(body.items) ? body.items : [] };
  };
  return {
    app,
    database: own,
    pool,
    issuer,
    config,
    verifier: createTokenVerifier({ issuer }),
    browser: (headers) => createBrowser(CALLBACK, headers),
    post: async (endpoint, form, headers = {}) =>
      answered(await fetch(`${issuer}/${endpoint}`, { method: 'POST', body: new URLSearchParams(form), headers })),
    admin: async (method, url, body, headers = {}) =>
      answered(
        await fetch(new URL(url, issuer), {
          method,
          headers: {
            authorization: 'Bearer administrator',
            ...(body ? { 'content-type': 'application/json' } : {}),
            ...headers,
          },
          ...(body ? { body: JSON.stringify(body) } : {}),
        }),
      ),
    async stop() {
      await app.close();
      await pool.end();
      rmSync(folder, { recursive: true });
      if (!database) await own.drop();
    },
  };
}

export interface Flow {
  url: string;
  verifier: string;
}

/** The address that a program sends a person to, with PKCE. */
export function authorizationOf(issuer: string, over: Record<string, string> = {}): Flow {
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL(`${issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: 'hedui-cli',
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid offline_access hedui',
    state: 'st-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...over,
  }).toString();
  return { url: url.href, verifier };
}

/** Logs a person in by authorization code and gives the answer of the token endpoint. */
export async function logIn(at: TestIdentity, login: string, password: string): Promise<PostAnswer> {
  const flow = authorizationOf(at.issuer);
  const browser = at.browser();
  const seen = await browser.submit(await browser.get(flow.url), { login, password });
  const code = new URL(seen.url).searchParams.get('code');
  if (code === null) throw new Error(`no code: ${seen.status} ${seen.html}`);
  return await at.post('token', {
    grant_type: 'authorization_code',
    client_id: 'hedui-cli',
    code,
    redirect_uri: CALLBACK,
    code_verifier: flow.verifier,
  });
}
