import { clientTls, listen, serverTls, tokenVerifierOf } from '@hedui/http';
import { createLogger } from '@hedui/logging';
import { createCounter } from '@hedui/redis';
import { startTelemetry } from '@hedui/telemetry';
import { buildApp } from './app.js';
import { readGatewayConfig, settingsOf, upstreamsOf } from './config.js';

const config = readGatewayConfig();
const logger = createLogger(config.HEDUI_SERVICE, config.LOG_LEVEL);
const telemetry = await startTelemetry(config, config.HEDUI_SERVICE, { logger });
const app = await buildApp({
  logger,
  tokens: tokenVerifierOf(config),
  counter: createCounter(config.REDIS_URL, { logger }),
  ...upstreamsOf(config),
  ...settingsOf(config),
  tls: serverTls(config),
  upstreamTls: clientTls(config),
  loginRateLimit: config.HEDUI_LOGIN_RATE_LIMIT,
});
await listen(app, { host: config.HEDUI_HOST, port: config.HEDUI_PORT, stopped: () => telemetry.close() });
