import { readAuditKey } from '@hedui/audit';
import { createEventLog } from '@hedui/event-log';
import { clientTls, createClient, listen, serverTls, tokenVerifierOf } from '@hedui/http';
import { createLogger } from '@hedui/logging';
import { createServicePool } from '@hedui/postgres';
import { createRingSealer, createRotatingPseudonyms, watchedKeyFile } from '@hedui/privacy';
import { createFanOut } from '@hedui/redis';
import { startTelemetry } from '@hedui/telemetry';
import { buildApp, prepare } from './app.js';
import { loadConfig, settingsOf } from './config.js';
import { sourceRecordsAt } from './evidence/source-records.js';
import { createPartThreads } from './intake/parts/threads.js';

const config = loadConfig();
const logger = createLogger(config.HEDUI_SERVICE, config.LOG_LEVEL);
const telemetry = await startTelemetry(config, config.HEDUI_SERVICE, { logger });
const pool = createServicePool(config, logger);
const log = await createEventLog(config, { logger, clientId: config.HEDUI_SERVICE });
const watched = (path: string) =>
  watchedKeyFile(path, (error) => logger.error({ err: error }, 'a key file became unusable: its last state holds'));
const keys = { pseudonyms: watched(config.HEDUI_PSEUDONYM_KEYS), ring: watched(config.HEDUI_KEY_RING) };
const fanOut = createFanOut(config.REDIS_URL, { logger });
const partThreads = createPartThreads(
  new URL('./intake/parts/thread.js', import.meta.url),
  config.HEDUI_INTAKE_THREADS,
);
await prepare({ pool, log });
const app = await buildApp({
  pool,
  log,
  fanOut,
  logger,
  tokens: tokenVerifierOf(config),
  tls: serverTls(config),
  ring: createRingSealer(keys.ring),
  pseudonyms: createRotatingPseudonyms(keys.pseudonyms, () => keys.pseudonyms.read().current),
  keys,
  auditKey: readAuditKey(config.HEDUI_AUDIT_KEY),
  records: sourceRecordsAt(config.HEDUI_SOURCES, createClient(clientTls(config))),
  settings: settingsOf(config),
  partThreads,
  close: async () => {
    await Promise.all([log.close(), fanOut.close(), partThreads.close()]);
    await pool.end();
  },
});
await listen(app, { host: config.HEDUI_HOST, port: config.HEDUI_PORT, stopped: () => telemetry.close() });
