import { constants, setPriority } from 'node:os';
import { readAuditKey } from '@hedui/audit';
import { listen, tokenVerifierOf } from '@hedui/http';
import { createLogger } from '@hedui/logging';
import { startTelemetry } from '@hedui/telemetry';
import { buildApp } from './app.js';
import { loadConfig } from './config.js';

// Where processors are few the ledger gives way: a batch and a single check do not wait for it.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const config = loadConfig();
const logger = createLogger(config.HEDUI_SERVICE, config.LOG_LEVEL);
const telemetry = await startTelemetry(config, config.HEDUI_SERVICE, { logger });
const app = await buildApp(config, {
  logger,
  tokens: tokenVerifierOf(config),
  auditKey: readAuditKey(config.HEDUI_AUDIT_KEY),
});
await listen(app, { host: config.HEDUI_HOST, port: config.HEDUI_PORT, stopped: () => telemetry.close() });
