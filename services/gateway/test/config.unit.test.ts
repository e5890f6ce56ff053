import { readConfig } from '@hedui/config';
import { describe, expect, it } from '@jest/globals';
import { configSchema, upstreamsOf } from '../src/config.js';

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
      ['tax', ['http://127.0.0.1:1']],
      ['vehicle', ['http://vehicle:8080']],
    ]);
    expect([config.HEDUI_RATE_LIMIT, config.REDIS_URL]).toEqual([6000, undefined]);
  });

  it('may name several processes of a service', () => {
    const { upstreams, instances } = upstreamsOf(
      readConfig(configSchema, {
        ...env,
        HEDUI_SOURCES: 'tax=http://tax-1|http://tax-2, vehicle=http://vehicle',
        HEDUI_VERIFICATION_URL: 'http://v-1:8080 | http://v-2:8080',
      }),
    );
    expect([...upstreams.sources.values(), upstreams.verification]).toEqual([
      ...['http://tax-1', 'http://vehicle', 'http://v-1:8080'],
    ]);
    expect([...instances.values()]).toEqual([
      ['http://tax-1', 'http://tax-2'],
      ['http://v-1:8080', 'http://v-2:8080'],
    ]);
  });

  it.each(['http://a|', 'http://a|http://a', 'http://a|b'])('refuses addresses %j', (HEDUI_VERIFICATION_URL) => {
    expect(() => readConfig(configSchema, { ...env, HEDUI_VERIFICATION_URL })).toThrow(/each once/);
  });

  it.each(['tax', 'tax=', 'tax=redis://x', 'Tax=http://x', 'tax=http://x,tax=http://y', 'tax=http://x,'])(
    'refuses sources %j',
    (HEDUI_SOURCES) => {
      expect(() => readConfig(configSchema, { ...env, HEDUI_SOURCES })).toThrow(/HEDUI_SOURCES: must be a list/);
    },
  );
});
