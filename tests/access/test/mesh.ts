import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Caller, RouteContract } from '@hedui/contracts';
import { createEventLog } from '@hedui/event-log';
import { buildApp as buildGateway } from '@hedui/gateway';
import { createTokenVerifier } from '@hedui/http';
import { buildApp as buildIdentity } from '@hedui/identity';
import { createLogger } from '@hedui/logging';
import { MATCHER_TOPICS, startMatcher } from '@hedui/matcher';
import { createPool, migrate, type Pool } from '@hedui/postgres';
import { createPseudonyms, createSealer, parseKeyFile } from '@hedui/privacy';
import { createCounter, createFanOut } from '@hedui/redis';
import { buildApp as buildReporting } from '@hedui/reporting';
import { testDatabase } from '@hedui/testing';
import { buildApp as buildVehicle } from '@hedui/vehicle-source';
import { buildApp as buildVerification, DEFAULT_SETTINGS, prepare } from '@hedui/verification';
import type { FastifyInstance } from 'fastify';
import { createTokens } from './tokens.js';

const logger = createLogger('access', process.env.TEST_LOG ?? 'silent');
const key = (fill: number) => JSON.stringify({ current: '1', keys: { 1: Buffer.alloc(32, fill).toString('base64') } });
const MATCHER_MIGRATIONS = path.join(__dirname, '../../../services/matcher/migrations');
const LIMITS = { policyMs: 20_000, loadMs: 20_000, rebuildMs: 20_000, pollMs: 20 };
const PLENTY = 1_000_000;

/** One call, and what came back. */
export interface Sent {
  method: 'GET' | 'POST';
  url: string;
  headers?: Record<string, string>;
  body?: string;
}
export interface Answered {
  status: number;
  text: string;
}

/** The services of an installation in one process, each with its own database, without a network between them. */
export interface Mesh {
  /** Asks the service that answers such a route. */
  ask(contract: Pick<RouteContract, 'owner'>, sent: Sent, caller: Caller): Promise<Answered>;
  /** The same with the text of a token; null: with none. */
  askWith(contract: Pick<RouteContract, 'owner'>, sent: Sent, token: string | null): Promise<Answered>;
  /** Tokens that nobody may believe, by what is wrong with them. */
  wrongTokens(caller: Caller): Promise<Readonly<Record<string, string>>>;
  readonly verificationPool: Pool;
  close(): Promise<void>;
}

export async function startMesh(): Promise<Mesh> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hedui-access-'));
  const tokens = await createTokens();
  const verifier = createTokenVerifier({ jwksFile: tokens.jwksFile });
  const names = ['vehicle', 'verification', 'reporting', 'matcher', 'identity', 'log'] as const;
  const made = await Promise.all(names.map((name) => testDatabase(name)));
  const urlOf = (name: (typeof names)[number]): string => {
    const database = made[names.indexOf(name)];
    if (database === undefined) throw new RangeError(`there is no database ${name}`);
    return database.url;
  };
  const poolOf = (name: (typeof names)[number]) => createPool({ url: urlOf(name), name, logger });
  const logConfig = { HEDUI_LOG: 'postgres', EVENT_LOG_URL: urlOf('log') } as const;
  const log = await createEventLog(logConfig, { logger, clientId: 'access' });
  const pseudonyms = createPseudonyms(parseKeyFile(key(1), 'test'));
  const ring = createSealer(parseKeyFile(key(2), 'test'));
  const identityKeys = path.join(folder, 'identity-keys.json');
  writeFileSync(identityKeys, key(3), { mode: 0o600 });

  const sourcePool = poolOf('vehicle');
  const vehicle = await buildVehicle(
    { service: 'vehicle-source', checkAnswers: true },
    { pool: sourcePool, log, logger, tokens: verifier, sealer: ring, pseudonyms },
  );
  vehicle.engine.start();

  const verificationPool = poolOf('verification');
  await prepare({ pool: verificationPool, log });
  const fanOut = createFanOut(undefined, { logger });
  const verification = await buildVerification({
    pool: verificationPool,
    log,
    fanOut,
    tokens: verifier,
    ring,
    pseudonyms,
    logger,
    settings: { ...DEFAULT_SETTINGS, senderPauseMs: 50 },
    checkAnswers: true,
    close: () => fanOut.close(),
  });

  const service = { HEDUI_HOST: '127.0.0.1', HEDUI_PORT: 0, LOG_LEVEL: 'silent' } as const;
  const plain = { HEDUI_TLS_CLIENTS: 'any' } as const;
  const common = {
    ...service,
    ...plain,
    HEDUI_TOKEN_JWKS: tokens.jwksFile,
    DATABASE_POOL: 4,
    DATABASE_ANSWER_SECONDS: 130,
  };
  const reporting = await buildReporting(
    { ...common, ...logConfig, HEDUI_SERVICE: 'reporting', DATABASE_URL: urlOf('reporting') },
    { logger, tokens: verifier },
  );
  const identity = await buildIdentity(
    {
      ...common,
      HEDUI_SERVICE: 'identity',
      DATABASE_URL: urlOf('identity'),
      HEDUI_ISSUER: 'http://localhost:8080/oidc',
      HEDUI_TRUSTED_PROXIES: ['loopback'],
      HEDUI_IDENTITY_KEYS: identityKeys,
      HEDUI_TOKEN_SECONDS: 600,
      HEDUI_REFRESH_SECONDS: 3600,
      HEDUI_LOGIN_SECONDS: 3600,
      HEDUI_LOGINS_PER_PERSON: 5,
      HEDUI_SIGNING_KEY_DAYS: 90,
      HEDUI_SIGNING_KEY_NOTICE: 60,
    },
    { logger, tokens: verifier },
  );
  const gateway = await buildGateway({
    logger,
    tokens: verifier,
    counter: createCounter(undefined, { logger }),
    upstreams: {
      sources: new Map(),
      verification: 'http://127.0.0.1:1',
      reporting: 'http://127.0.0.1:1',
      identity: null,
    },
    limits: { caller: PLENTY, anonymous: PLENTY, costly: PLENTY, concurrent: PLENTY },
    loginRateLimit: PLENTY,
  });
  const matcherPool = poolOf('matcher');
  await migrate(matcherPool, MATCHER_MIGRATIONS);
  await log.ensureTopics(MATCHER_TOPICS);
  const matcher = await startMatcher({ pool: matcherPool, log, logger, limits: LIMITS, residentBytes: 0 });
  await matcher.joined;

  const apps: Readonly<Record<RouteContract['owner'], FastifyInstance>> = {
    source: vehicle.app,
    verification,
    reporting,
    identity,
    gateway,
    // A service's own log: any of them will do.
    named: verification,
  };
  await Promise.all(Object.values(apps).map((app) => app.ready()));

  const askWith: Mesh['askWith'] = async ({ owner }, sent, token) => {
    const answer = await apps[owner].inject({
      method: sent.method,
      url: sent.url,
      headers: { ...sent.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      ...(sent.body === undefined ? {} : { payload: sent.body }),
    });
    return { status: answer.statusCode, text: answer.body };
  };
  const signed = new Map<Caller, string>();
  return {
    verificationPool,
    askWith,
    async ask(contract, sent, caller) {
      const token = signed.get(caller) ?? (await tokens.sign(caller));
      signed.set(caller, token);
      return await askWith(contract, sent, token);
    },
    wrongTokens: (caller) => tokens.wrong(caller),
    async close() {
      await matcher.close();
      await Promise.all([...new Set(Object.values(apps))].map((app) => app.close()));
      await log.close();
      await Promise.all([sourcePool, verificationPool, matcherPool].map((pool) => pool.end()));
      await Promise.all(made.map((database) => database.drop()));
      tokens.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
