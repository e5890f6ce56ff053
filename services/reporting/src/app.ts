import { fileURLToPath } from 'node:url';
import { AUDIT_SQL, type AuditKey, newAuditKey, startCheckpoints } from '@hedui/audit';
import { TOPICS, topicsOf } from '@hedui/contracts';
import {
  beginAll,
  consumeInTransaction,
  createEventLog,
  type EventLog,
  type LogConsumer,
  startRelay,
  watchLag,
  watchOutbox,
} from '@hedui/event-log';
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
import { chunkPassed, collect } from '@hedui/telemetry';
import type { FastifyInstance } from 'fastify';
import { addAuditRoutes, auditCalls } from './audit/routes.js';
import type { ReportingConfig } from './config.js';
import { looksOf } from './health.js';
import { applyReports, LEDGER_GROUP } from './ledger/apply.js';
import { applyEndings, ENDINGS_GROUP } from './ledger/apply-endings.js';
import { consumeLetters } from './letters/collect.js';
import { addLetterRoutes } from './letters/routes.js';
import { addRates } from './rates/routes.js';
import { startFollowing } from './rotation/follow.js';

async function prepare(pool: Pool): Promise<void> {
  await migrate(pool, fileURLToPath(new URL('../migrations', import.meta.url)));
  await inTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('audit'))`);
    await client.query(AUDIT_SQL);
  });
}

/** Nobody waits for single checks to be counted: those of a quarter of a second are counted together. */
const GATHER_MS = 250;

/** Keeps the ledger up to date with both topics of reports, each with a consumer of its own. Any number may run at once. */
export async function consumeReports(parts: {
  pool: Pool;
  log: EventLog;
  logger: Logger;
}): ReturnType<typeof beginAll> {
  return await beginAll([
    () => consumeTopic(parts, TOPICS.reports.name, {}),
    () => consumeTopic(parts, TOPICS.reportsOnline.name, { gatherMs: GATHER_MS }),
  ]);
}

async function consumeTopic(
  parts: { pool: Pool; log: EventLog; logger: Logger },
  topic: string,
  pace: { gatherMs?: number },
): Promise<LogConsumer> {
  return await consumeInTransaction({
    ...parts,
    ...pace,
    group: LEDGER_GROUP,
    topics: [topic],
    apply: applyReports,
    afterCommit({ passed }) {
      for (const one of passed) chunkPassed(parts.logger, one);
    },
  });
}

/** Keeps the ledger up to date with the households whose authorisation ended. */
export async function consumeEndings(parts: { pool: Pool; log: EventLog; logger: Logger }): Promise<LogConsumer> {
  return await consumeInTransaction({
    ...parts,
    group: ENDINGS_GROUP,
    topics: [TOPICS.endings.name],
    quiet: true,
    apply: applyEndings,
    afterCommit(added, { topic, partition }) {
      if (added > 0) parts.logger.debug({ topic, partition, added }, 'households are left out');
    },
  });
}

/** Tells how many dead letters wait for somebody to decide on them. */
function watchLetters(pool: Pool): () => void {
  return collect({
    name: 'letters',
    async read(say) {
      const { rows } = await pool.query<{ n: string }>("SELECT count(*) AS n FROM dead_letter WHERE state = 'open'");
      say('deadLettersOpen', Number(rows[0]?.n ?? 0));
    },
  });
}

/** The whole service, consuming but not listening; closing the app ends everything that it opened. */
export async function buildApp(
  config: ReportingConfig,
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
  const pool = createServicePool(config, logger);
  await whenReachable(() => prepare(pool), logger);
  const log = await createEventLog(config, { logger, clientId: service });
  await whenReachable(() => log.ensureTopics(topicsOf('reporting')), logger);
  const consumer = await whenReachable(() => consumeReports({ pool, log, logger }), logger);
  const endings = await whenReachable(() => consumeEndings({ pool, log, logger }), logger);
  const following = await whenReachable(() => startFollowing({ pool, log, logger }), logger);
  const relay = startRelay({ pool, log, logger });
  const wake = () => relay.wake();
  const letters = await whenReachable(() => consumeLetters({ pool, log, logger, wake }), logger);
  const unwatch = [watchLag(pool, log), watchOutbox(pool, service), watchLetters(pool)];
  let joined = false;
  Promise.all([consumer.joined, endings.joined, following.joined, letters.joined]).then(
    () => {
      joined = true;
    },
    (error: unknown) => logger.error({ err: error }, 'the consumer could not join'),
  );
  const app = await createApp({
    service,
    logger,
    tokens,
    tls: serverTls(config),
    idempotency: createIdempotencyStore(pool),
    audit: auditCalls(pool),
    ready: async () => {
      const [database, eventLog] = await Promise.all([databaseAnswers(pool), log.ping()]);
      return { database, eventLog, consumers: joined };
    },
  });
  addRates(app, { pool, log, now: deps.now ?? (() => new Date()) });
  addLetterRoutes(app, pool, wake);
  addHealthRoute(app, service, looksOf(pool, log));
  const signer = { log: 'reporting', key: deps.auditKey ?? newAuditKey() };
  addAuditRoutes(app, pool, signer);
  const checkpoints = startCheckpoints(pool, signer, logger);
  app.addHook('onClose', async () => {
    for (const forget of unwatch) forget();
    await Promise.all([consumer.close(), endings.close(), following.close(), letters.close(), checkpoints.stop()]);
    await relay.stop();
    await log.close();
    await pool.end();
  });
  return app;
}
