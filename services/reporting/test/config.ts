import type { ReportingConfig } from '../src/config.js';

/** A service for tests on the embedded log, with its own database at one address and the log at another. */
export function configOn(ownUrl: string, logUrl: string): ReportingConfig {
  return {
    HEDUI_SERVICE: 'reporting',
    HEDUI_HOST: '127.0.0.1',
    HEDUI_PORT: 0,
    LOG_LEVEL: 'silent',
    HEDUI_TLS_CLIENTS: 'any',
    HEDUI_TOKEN_JWKS: 'none',
    DATABASE_URL: ownUrl,
    DATABASE_POOL: 8,
    DATABASE_ANSWER_SECONDS: 130,
    HEDUI_LOG: 'postgres',
    EVENT_LOG_URL: logUrl,
  };
}
