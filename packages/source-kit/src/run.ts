import { readAuditKey } from '@hedui/audit';
import { createEventLog } from '@hedui/event-log';
import { listen, serverTls, tokenVerifierOf } from '@hedui/http';
import { createLogger } from '@hedui/logging';
import { createServicePool } from '@hedui/postgres';
import { createRingSealer, createRotatingPseudonyms, watchedKeyFile } from '@hedui/privacy';
import { startTelemetry } from '@hedui/telemetry';
import { buildSourceApp } from './app.js';
import { readSourceConfig } from './config.js';
import type { SourceDefinition } from './definition.js';

/**
 * Runs a source service: reads the environment, builds, listens, and gives everything back when it is stopped. Started with
 * `--restored` after its database was restored from a copy, it sends everything again under a new epoch.
 */
export async function runSource(definition: SourceDefinition): Promise<void> {
  const config = readSourceConfig();
  const service = config.HEDUI_SERVICE;
  const logger = createLogger(service, config.LOG_LEVEL);
  const telemetry = await startTelemetry(config, service, { logger });
  const watched = (path: string) =>
    watchedKeyFile(path, (error) => logger.error({ err: error }, 'a key file became unusable: its last state holds'));
  const keys = { pseudonyms: watched(config.HEDUI_PSEUDONYM_KEYS), ring: watched(config.HEDUI_KEY_RING) };
  const sealer = createRingSealer(keys.ring);
  const pseudonyms = createRotatingPseudonyms(keys.pseudonyms, () => keys.pseudonyms.read().current);
  const pool = createServicePool(config, logger);
  const log = await createEventLog(config, { logger, clientId: service });
  const auditKey = readAuditKey(config.HEDUI_AUDIT_KEY);
  const { app, engine } = await buildSourceApp(
    definition,
    {
      service,
      guard: { percent: config.HEDUI_WITHDRAWAL_PERCENT, records: config.HEDUI_WITHDRAWAL_RECORDS },
      retentionMonths: config.HEDUI_RETENTION_MONTHS,
    },
    { pool, log, logger, sealer, pseudonyms, keys, tokens: tokenVerifierOf(config), tls: serverTls(config), auditKey },
  );
  app.addHook('onClose', async () => {
    await engine.stop();
    await log.close();
    await pool.end();
  });
  if (process.argv.includes('--restored')) {
    logger.warn({ epoch: await engine.restored() }, 'the database was restored: everything is sent again');
  }
  engine.start();
  await listen(app, { host: config.HEDUI_HOST, port: config.HEDUI_PORT, stopped: () => telemetry.close() });
}
