import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { AUDIT_SQL, type AuditKey, checkAuditChain, newAuditKey, startCheckpoints } from '@hedui/audit';
import { addHealthRoute, createApp, serverTls, type TokenVerifier } from '@hedui/http';
import type { Logger } from '@hedui/logging';
import {
  createIdempotencyStore,
  createServicePool,
  databaseAnswers,
  inTransaction,
  migrate,
  type Pool,
  whenReachable,
} from '@hedui/postgres';
import { createSealer, type KeyFile, readKeyFile } from '@hedui/privacy';
import type { FastifyInstance } from 'fastify';
import { addAuditRoutes, auditCalls } from './audit-routes.js';
import { addClients } from './clients/routes.js';
import type { IdentityConfig } from './config.js';
import { sweepAttempts } from './db/attempts.js';
import { sweepStates } from './db/states.js';
import { makeFirstLogins } from './first-logins.js';
import { addSigningKeys } from './keys/routes.js';
import { createSigningKeys } from './keys/signing-keys.js';
import { addLogin } from './login/routes.js';
import { createGate } from './passwords/gate.js';
import { createGuessable, readWords } from './passwords/guessable.js';
import { HOLD_BACK } from './passwords/lock-out.js';
import { createIssuer } from './provider/issuer.js';
import { addProvider } from './provider/mount.js';
import { addUsers } from './users/routes.js';

/** Passwords that are hashed at once, and that wait for it; whoever comes then is told to come again. */
const HASHES_AT_ONCE = 2;
const HASHES_WAITING = 20;
const REFRESH_KEYS_MS = 15_000;
const SWEEP_MS = 600_000;

async function prepare(pool: Pool): Promise<void> {
  await migrate(pool, fileURLToPath(new URL('../migrations', import.meta.url)));
  await inTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('audit'))`);
    await client.query(AUDIT_SQL);
  });
}

/** Keys that sign cookies: the current one first, the older ones still hold. */
function cookieKeys(ring: KeyFile): Buffer[] {
  const ids = [ring.current, ...[...ring.keys.keys()].filter((id) => id !== ring.current)];
  return ids.flatMap((id) => {
    const key = ring.keys.get(id);
    return key ? [createHmac('sha256', key).update('cookies').digest()] : [];
  });
}

/** Requests hold passwords: what is kept to know them again cannot be tested without the key file. */
function fingerprintKey({ current, keys }: KeyFile): Buffer {
  const key = keys.get(current);
  if (!key) throw new RangeError('the current key is missing');
  return createHmac('sha256', key).update('fingerprints').digest();
}

/** Runs `work` again and again until the app closes; a failure is logged, and it is tried again at its next time. */
function repeatedly(app: FastifyInstance, logger: Logger, everyMs: number, what: string, work: () => Promise<void>) {
  const timer = setInterval(() => {
    work().catch((error: unknown) => logger.warn({ err: error }, `${what} failed`));
  }, everyMs).unref();
  app.addHook('onClose', async () => clearInterval(timer));
}

/** The whole service, not listening; closing the app ends everything that it opened. */
export async function buildApp(
  config: IdentityConfig,
  deps: {
    logger: Logger;
    tokens: TokenVerifier;
    /** Signs checkpoints of the audit log; without it a key that lives as long as the app, for tests. */
    auditKey?: AuditKey;
    now?: () => Date;
  },
): Promise<FastifyInstance> {
  const { logger, tokens } = deps;
  const service = config.HEDUI_SERVICE;
  const ring = readKeyFile(config.HEDUI_IDENTITY_KEYS);
  const words = config.HEDUI_PASSWORD_WORDS;
  const guessable = createGuessable(words === undefined ? [] : readWords(words));
  const pool = createServicePool(config, logger);
  await whenReachable(() => prepare(pool), logger);
  if (config.HEDUI_FIRST_LOGINS !== undefined) {
    const made = await makeFirstLogins(pool, guessable, config.HEDUI_FIRST_LOGINS);
    if (made > 0) logger.info({ made }, 'first logins were made');
  }
  const keys = await createSigningKeys({
    pool,
    sealer: createSealer(ring),
    logger,
    tokenSeconds: config.HEDUI_TOKEN_SECONDS,
    notice: config.HEDUI_SIGNING_KEY_NOTICE,
    days: config.HEDUI_SIGNING_KEY_DAYS,
    ...(deps.now ? { now: deps.now } : {}),
  });
  const settings = {
    pool,
    cookieKeys: cookieKeys(ring),
    tokenSeconds: config.HEDUI_TOKEN_SECONDS,
    refreshSeconds: config.HEDUI_REFRESH_SECONDS,
    loginSeconds: config.HEDUI_LOGIN_SECONDS,
    logins: config.HEDUI_LOGINS_PER_PERSON,
  };
  const issuerUrl = new URL(config.HEDUI_ISSUER);
  const issuer = createIssuer(config.HEDUI_ISSUER, keys, settings, logger);
  const gate = createGate(HASHES_AT_ONCE, HASHES_WAITING);
  const app = await createApp({
    service,
    logger,
    tokens,
    idempotency: createIdempotencyStore(pool),
    fingerprintKey: fingerprintKey(ring),
    trustedProxies: config.HEDUI_TRUSTED_PROXIES,
    tls: serverTls(config),
    audit: auditCalls(pool),
    publicHttps: issuerUrl.protocol === 'https:',
    ready: async () => ({ database: await databaseAnswers(pool) }),
  });
  addLogin(app, { pool, gate, guessable, issuer, issuerUrl });
  addProvider(app, issuerUrl, issuer);
  addUsers(app, { pool, gate, guessable });
  addClients(app, pool);
  addSigningKeys(app, pool, keys);
  const signer = { log: 'identity', key: deps.auditKey ?? newAuditKey() };
  addAuditRoutes(app, pool, signer);
  addHealthRoute(app, service, [() => checkAuditChain(pool)]);
  const checkpoints = startCheckpoints(pool, signer, logger);
  repeatedly(app, logger, REFRESH_KEYS_MS, 'reading the signing keys', keys.refresh);
  repeatedly(app, logger, SWEEP_MS, 'removing what has ended', async () => {
    await sweepStates(pool);
    await sweepAttempts(pool, 'account', HOLD_BACK.account);
    await sweepAttempts(pool, 'address', HOLD_BACK.address);
  });
  app.addHook('onClose', async () => {
    await checkpoints.stop();
    await pool.end();
  });
  return app;
}
