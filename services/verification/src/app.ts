import { fileURLToPath } from 'node:url';
import { AUDIT_SQL, type AuditKey, newAuditKey, startCheckpoints } from '@hedui/audit';
import { topicsOf } from '@hedui/contracts';
import { type EventLog, OUTBOX_SQL, POSITIONS_SQL, startRelay, watchLag, watchOutbox } from '@hedui/event-log';
import { addHealthRoute, createApp, type ServerTls, type TokenVerifier } from '@hedui/http';
import type { Logger } from '@hedui/logging';
import { createIdempotencyStore, databaseAnswers, inTransaction, migrate, type Pool } from '@hedui/postgres';
import type { KeySource, Pseudonyms, Sealer } from '@hedui/privacy';
import type { FanOut } from '@hedui/redis';
import type { FastifyInstance } from 'fastify';
import { auditCalls } from './audit/calls.js';
import { addAuditRoutes } from './audit/routes.js';
import { addAuthorisationRoutes } from './authorisations/routes.js';
import { startSettler } from './authorisations/settle.js';
import { createPaperWatch } from './authorisations/watch.js';
import { addBatchRoutes } from './batches/routes.js';
import { createChanges } from './changes.js';
import { addCheckRoutes } from './checks/routes.js';
import type { Deps } from './deps.js';
import { startSender } from './dispatch/sender.js';
import { addDocumentRoutes } from './documents/routes.js';
import { startRetention } from './erasure/retention.js';
import { addErasureRoutes } from './erasure/routes.js';
import { addEvidenceRoutes } from './evidence/routes.js';
import { type SourceRecords, sourceRecordsAt } from './evidence/source-records.js';
import { looksOf } from './health/looks.js';
import type { PartThreads } from './intake/parts/threads.js';
import { startSweeper } from './intake/sweeper.js';
import { hearLetters } from './letters/hear.js';
import { createPolicyChooser } from './policies/choose.js';
import { addPolicyRoutes } from './policies/routes.js';
import { startKeeper } from './rebuild/republish.js';
import { consumeReports } from './reports/consume.js';
import { addReportRoutes } from './reports/routes.js';
import { hearRotations } from './rotation/hear.js';
import { unchangingKeys, versionedKeys } from './rotation/keys.js';
import { addKeyRoutes } from './rotation/routes.js';
import { startKeyWork } from './rotation/work.js';
import type { Settings } from './settings.js';
import { watchProgress } from './sight.js';
import { addUnmaskingRoutes } from './unmasking/routes.js';

export { DEFAULT_SETTINGS } from './settings.js';

/** What the app works with. */
export interface Parts {
  pool: Pool;
  log: EventLog;
  fanOut: FanOut;
  tokens: TokenVerifier;
  ring: Sealer;
  pseudonyms: Pseudonyms;
  /** The files of the pseudonym keys and of the key ring as they are now; without them nothing is rotated. */
  keys?: { pseudonyms: KeySource; ring: KeySource };
  logger: Logger;
  settings: Settings;
  /** How it listens; plain HTTP without it. */
  tls?: ServerTls | undefined;
  /** Signs checkpoints of the audit log; without it a key that lives as long as the app, for tests. */
  auditKey?: AuditKey;
  /** Where the records behind findings are read; without it no source can be asked. */
  records?: SourceRecords;
  /** Check each answer against its contract; for tests. */
  checkAnswers?: boolean;
  /** Threads that read large batches, closed by whoever made them; without them batches are read in this one. */
  partThreads?: PartThreads;
  /** Closes what was opened for the app; called when requests and background work have ended. */
  close?(): Promise<void>;
}

/** The same folder from `src/` and from `dist/`. */
const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

/** Brings the database and the topics into being; safe to call from any number of copies at once. */
export async function prepare({ pool, log }: Pick<Parts, 'pool' | 'log'>): Promise<void> {
  await migrate(pool, MIGRATIONS);
  await inTransaction(pool, async (client) => {
    // Two copies that begin at once would both find the tables missing.
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('verification:prepare'))`);
    await client.query(POSITIONS_SQL);
    await client.query(OUTBOX_SQL);
    await client.query(AUDIT_SQL);
  });
  await log.ensureTopics(topicsOf('verification'));
}

/**
 * The verification service. It never listens; when it is ready it consumes reports, sends requests and sweeps, and stops all of
 * that when it is closed.
 */
export async function buildApp(parts: Parts): Promise<FastifyInstance> {
  const { pool, log, fanOut, tokens, ring, logger, settings } = parts;
  const keys = parts.keys ? await versionedKeys(pool, ring, parts.keys.pseudonyms) : unchangingKeys(parts.pseudonyms);
  const app = await createApp({
    service: 'verification',
    logger,
    tokens,
    tls: parts.tls,
    idempotency: createIdempotencyStore(pool),
    fingerprintKey: keys.own.keyFor('fingerprints'),
    ready: async () => ({ database: await databaseAnswers(pool), log: await log.ping().catch(() => false) }),
    checkAnswers: parts.checkAnswers ?? false,
    audit: auditCalls(pool),
  });
  const changes = await createChanges(fanOut);
  const wakers: (() => void)[] = [];
  let stops: (() => Promise<unknown>)[] = [];
  const wakeSenders = () => {
    for (const wake of wakers) wake();
  };
  const deps: Deps = {
    pool,
    ring,
    pseudonyms: keys.own,
    keys,
    changes,
    papers: createPaperWatch(pool),
    partThreads: parts.partThreads ?? null,
    logger,
    settings,
    wakeSenders,
  };
  const choosePolicy = createPolicyChooser();
  addPolicyRoutes(app, deps);
  addBatchRoutes(app, deps, choosePolicy);
  addCheckRoutes(app, deps, choosePolicy, log);
  addReportRoutes(app, deps, log);
  addDocumentRoutes(app, deps);
  addAuthorisationRoutes(app, deps);
  addUnmaskingRoutes(app, deps);
  addErasureRoutes(app, deps);
  addEvidenceRoutes(app, deps, parts.records ?? sourceRecordsAt(new Map()));
  const signer = { log: 'verification', key: parts.auditKey ?? newAuditKey() };
  addAuditRoutes(app, deps, signer);
  addKeyRoutes(app, keys, pool);
  addHealthRoute(app, 'verification', looksOf(deps, log));

  const unwatch = [watchLag(pool, log), watchOutbox(pool, 'verification'), watchProgress(pool)];
  let stopKeyWork: () => Promise<void> = async () => undefined;

  app.addHook('onReady', async () => {
    const consumer = await consumeReports(deps, log);
    const letters = await hearLetters(deps, log);
    const sender = startSender(pool, log, settings, logger);
    const relay = startRelay({ pool, log, logger });
    const stopSweeping = startSweeper(pool, settings.abandonedAfterSeconds, logger);
    const stopSettling = startSettler(deps, settings.settleEveryMs, logger);
    const keeping = { pool, log, ring, keys, logger };
    const stopKeeping = startKeeper(keeping, settings.keepTopicsEveryMs, () => relay.wake());
    const stopRetention = startRetention(pool, settings.retentionMonths, logger);
    const checkpoints = startCheckpoints(pool, signer, logger);
    wakers.push(sender.wake, relay.wake);
    if (parts.keys) {
      const work = startKeyWork({ pool, ring, keys, logger, ringFile: parts.keys.ring, published: relay.wake });
      const hearing = await hearRotations({ pool, log, logger, wake: work.wake });
      stopKeyWork = async () => {
        await hearing.close();
        await work.close();
      };
    }
    stops = [
      stopRetention,
      stopKeeping,
      () => consumer.close(),
      () => letters.close(),
      () => sender.close(),
      () => relay.stop(),
      stopSweeping,
      stopSettling,
      () => checkpoints.stop(),
    ];
  });
  // Runs after the last request: a single check that is waited for still gets its report.
  app.addHook('onClose', async () => {
    for (const forget of unwatch) forget();
    await stopKeyWork();
    await Promise.all(stops.map((stop) => stop()));
    await changes.close();
    await parts.close?.();
  });
  return app;
}
