import { readConfig } from '@hedui/config';
import { describe, expect, it } from '@jest/globals';
import { configSchema } from '../src/config.js';

const env = {
  HEDUI_SERVICE: 'gateway',
  HEDUI_PORT: '8080',
  HEDUI_TOKEN_JWKS: '/keys/jwks.json',
  HEDUI_SOURCES: 'tax=http://127.0.0.1:1, vehicle=http://vehicle:8080',
  HEDUI_VERIFICATION_URL: 'http://verification:8080',
  HEDUI_REPORTING_URL: 'http://reporting:8080',
};

describe('the environment of the gateway', () => {
  it('names the sources and where they are', () => {
    const config = readConfig(configSchema, env);
    expect([...config.HEDUI_SOURCES]).toEqual([
      ['tax', 'http://127.0.0.1:1'],
      ['vehicle', 'http://vehicle:8080'],
    ]);
    expect([config.HEDUI_RATE_LIMIT, config.REDIS_URL]).toEqual([6000, undefined]);
  });

  it.each(['tax', 'tax=', 'tax=redis://x', 'Tax=http://x', 'tax=http://x,tax=http://y', 'tax=http://x,'])(
    'refuses sources %j',
    (HEDUI_SOURCES) => {
      expect(() => readConfig(configSchema, { ...env, HEDUI_SOURCES })).toThrow(/HEDUI_SOURCES: must be a list/);
    },
  );
});
