import { fileURLToPath } from 'node:url';
import { TOPICS, topicsOf } from '@hedui/contracts';
import { beginAll, createEventLog, type EventLog, startRelay, watchLag, watchOutbox } from '@hedui/event-log';
import { addHealthRoute, createApp, serverTls, type TokenVerifier } from '@hedui/http';
import type { Logger } from '@hedui/logging';
import { createServicePool, databaseAnswers, migrate, type Pool, whenReachable } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';
import type { MatcherConfig } from './config.js';
import { looksOf } from './health.js';
import { consumePolicies } from './policies/consumer.js';
import { createPolicyBook } from './policies/policy-book.js';
import { profilesFrom, residentProfiles } from './profiles/reader.js';
import { createResidentTable } from './profiles/resident-table.js';
import { consumeRecords } from './records/consumer.js';
import { consumeChunks } from './requests/consumer.js';
import { createCoverageViews } from './requests/coverage-view.js';
import type { ChunkWork } from './requests/process-chunks.js';
import { createLoadPatience, createPolicyPatience, type WaitLimits } from './requests/waiting.js';
import { watchFreshness } from './sight.js';

/** Every topic that the matcher reads or writes. */
export const MATCHER_TOPICS = topicsOf('matcher');

export interface Matcher {
  /** Resolves when every group has joined. */
  readonly joined: Promise<unknown>;
  /** Ends after what is under way; the pool and the log are their owner's. */
  close(): Promise<void>;
}

export interface MatcherParts {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  limits: WaitLimits;
  /** Bytes of profiles that batches may keep in memory; zero: none. */
  residentBytes: number;
  /** Milliseconds since 1970. */
  now?(): number;
}

/** Starts consuming. Any number may run at once, on one database. */
export async function startMatcher(parts: MatcherParts): Promise<Matcher> {
  const { pool, log, logger, limits, residentBytes } = parts;
  const now = parts.now ?? Date.now;
  const relay = startRelay({ pool, log, logger });
  const wake = () => relay.wake();
  const shared = {
    pool,
    logger,
    limits,
    now,
    wake,
    policies: createPolicyBook(pool),
    views: createCoverageViews(),
    policyPatience: createPolicyPatience(limits, now),
  };
  const batches: ChunkWork = {
    ...shared,
    group: 'matcher.requests',
    profilesOf: residentBytes > 0 ? residentProfiles(pool, createResidentTable(residentBytes)) : profilesFrom(pool),
    reports: TOPICS.reports,
    atOnce: null,
    patience: createLoadPatience(limits, now),
  };
  const checks: ChunkWork = {
    ...shared,
    group: 'matcher.online',
    profilesOf: profilesFrom(pool),
    reports: TOPICS.reportsOnline,
    atOnce: log,
    patience: null,
  };
  const begins = [
    () => consumeRecords({ log, pool, logger, wake }),
    () => consumePolicies({ log, pool, logger }),
    () => consumeChunks(log, TOPICS.requests.name, batches),
    () => consumeChunks(log, TOPICS.requestsOnline.name, checks),
  ];
  try {
    const { joined, close } = await beginAll(begins.map((begin) => () => whenReachable(begin, logger)));
    return { joined, close: () => close().then(() => relay.stop()) };
  } catch (error) {
    await relay.stop();
    throw error;
  }
}

/** The whole service, consuming but not listening; closing the app ends everything that it opened. */
export async function buildApp(
  config: MatcherConfig,
  deps: { logger: Logger; tokens: TokenVerifier },
): Promise<FastifyInstance> {
  const { logger, tokens } = deps;
  const service = config.HEDUI_SERVICE;
  const pool = createServicePool(config, logger);
  await whenReachable(() => migrate(pool, fileURLToPath(new URL('../migrations', import.meta.url))), logger);
  const log = await createEventLog(config, { logger, clientId: service });
  await whenReachable(() => log.ensureTopics(MATCHER_TOPICS), logger);
  const matcher = await startMatcher({
    pool,
    log,
    logger,
    residentBytes: config.MATCHER_RESIDENT_PROFILES_MB * 1024 * 1024,
    limits: {
      policyMs: config.MATCHER_POLICY_WAIT_MS,
      loadMs: config.MATCHER_LOAD_WAIT_MS,
      rebuildMs: config.MATCHER_REBUILD_WAIT_MS,
      pollMs: config.MATCHER_POLL_MS,
    },
  });
  const unwatch = [watchLag(pool, log), watchOutbox(pool, service), watchFreshness(pool)];
  let joined = false;
  matcher.joined.then(
    () => {
      joined = true;
    },
    (error: unknown) => logger.error({ err: error }, 'a consumer could not join'),
  );
  const app = await createApp({
    service,
    logger,
    tokens,
    tls: serverTls(config),
    ready: async () => {
      const [database, eventLog] = await Promise.all([databaseAnswers(pool), log.ping()]);
      return { database, eventLog, consumers: joined };
    },
  });
  addHealthRoute(app, service, looksOf(pool, log));
  app.addHook('onClose', async () => {
    for (const forget of unwatch) forget();
    await matcher.close();
    await log.close();
    await pool.end();
  });
  return app;
}
