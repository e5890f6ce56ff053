import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { AUDIT_SQL, type AuditKey, newAuditKey, startCheckpoints } from '@hedui/audit';
import { type EventLog, POSITIONS_SQL, watchLag } from '@hedui/event-log';
import { addHealthRoute, createApp, type ServerTls, type TokenVerifier } from '@hedui/http';
import type { Logger } from '@hedui/logging';
import { createIdempotencyStore, databaseAnswers, inTransaction, migrate, type Pool } from '@hedui/postgres';
import type { Pseudonyms, Sealer } from '@hedui/privacy';
import type { FastifyInstance } from 'fastify';
import type { WithdrawalGuard } from './apply/apply.js';
import { readState } from './db/state.js';
import type { SourceDefinition } from './definition.js';
import { createEngine, type KeyFiles, type SourceEngine } from './engine.js';
import { addAuditRoutes, auditCalls } from './routes/audit.js';
import { looksOf } from './routes/health.js';
import { addLoadRoutes } from './routes/loads.js';
import { addRecordRoute } from './routes/record.js';
import { watchSource } from './sight.js';

export interface SourceAppConfig {
  /** Name of the service, such as `tax-source`. */
  service: string;
  /** When a full load has to be confirmed (default: more than 20% of its scope and more than 100 records). */
  guard?: WithdrawalGuard;
  /** Months for which what records said before is kept (default 60). */
  retentionMonths?: number;
  /** For tests: check each answer against its contract. */
  checkAnswers?: boolean;
}

export interface SourceAppParts {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  tokens: TokenVerifier;
  sealer: Sealer;
  pseudonyms: Pseudonyms;
  /** The files of keys as they are now; without them nothing is rotated. */
  keys?: KeyFiles;
  now?: () => number;
  /** Signs checkpoints of the audit log; without it a key that lives as long as the app, for tests. */
  auditKey?: AuditKey;
  /** How it listens; plain HTTP without it. */
  tls?: ServerTls | undefined;
}

export interface SourceApp {
  app: FastifyInstance;
  /** Started by `start`, stopped when the app closes. */
  engine: SourceEngine;
}

/** Brings the source's database up to date; any number of processes may do it at once. */
export async function migrateSource(pool: Pool): Promise<void> {
  await migrate(pool, migrations);
  await inTransaction(pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('positions'))");
    await client.query(POSITIONS_SQL);
    await client.query(AUDIT_SQL);
  });
}

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/**
 * The service of a source: its database brought up to date, its routes, its engine. It does not listen, and applies and
 * sends nothing before `engine.start()`. Closing the app stops the engine; pool and log stay the caller's.
 */
export async function buildSourceApp(
  definition: SourceDefinition,
  config: SourceAppConfig,
  parts: SourceAppParts,
): Promise<SourceApp> {
  const { pool, log, logger } = parts;
  await migrateSource(pool);
  const engine = await createEngine({
    definition,
    pool,
    log,
    logger,
    sealer: parts.sealer,
    pseudonyms: parts.pseudonyms,
    ...(parts.keys ? { keys: parts.keys } : {}),
    service: config.service,
    guard: config.guard ?? { percent: 20, records: 100 },
    ...(parts.now ? { now: parts.now } : {}),
    ...(config.retentionMonths ? { retentionMonths: config.retentionMonths } : {}),
  });
  const { digestKey } = await readState(pool, parts.sealer);
  const app = await createApp({
    service: config.service,
    logger,
    tokens: parts.tokens,
    tls: parts.tls,
    idempotency: createIdempotencyStore(pool),
    fingerprintKey: createHmac('sha256', digestKey).update('fingerprints').digest(),
    checkAnswers: config.checkAnswers ?? false,
    audit: auditCalls(pool),
    async ready() {
      const [database, eventLog] = await Promise.all([databaseAnswers(pool), log.ping()]);
      return { database, eventLog };
    },
  });
  addLoadRoutes(app, definition, engine);
  addRecordRoute(app, definition, { pool, sealer: parts.sealer, pseudonyms: parts.pseudonyms, ids: engine.ids });
  const signer = { log: definition.source, key: parts.auditKey ?? newAuditKey() };
  addAuditRoutes(app, pool, signer);
  addHealthRoute(app, config.service, looksOf(definition.source, pool, log));
  const checkpoints = startCheckpoints(pool, signer, logger);
  const unwatch = [watchLag(pool, log), watchSource(pool, definition.source)];
  app.addHook('onClose', async () => {
    for (const forget of unwatch) forget();
    await Promise.all([engine.stop(), checkpoints.stop()]);
  });
  return { app, engine };
}
