import { describe, expect, it } from '@jest/globals';
import { ConfigError, databaseSchema, eventLogSchema, readConfig, serviceSchema } from '../src/index.js';

describe('configuration', () => {
  it('tells every problem at once, and never a value', () => {
    try {
      readConfig(serviceSchema.extend(databaseSchema.shape), { HEDUI_PORT: '99999', DATABASE_URL: 'secret-password' });
      throw new Error('accepted');
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      const text = String(error);
      for (const name of ['HEDUI_SERVICE', 'HEDUI_PORT', 'DATABASE_URL']) expect(text).toContain(name);
      expect(text).not.toContain('secret-password');
    }
  });

  it('takes an empty variable for one that is not given', () => {
    const env = { HEDUI_SERVICE: 'x', HEDUI_PORT: '0', HEDUI_TOKEN_JWKS: 'f', LOG_LEVEL: '' };
    expect(readConfig(serviceSchema, env)).toMatchObject({ LOG_LEVEL: 'info', HEDUI_HOST: '127.0.0.1' });
  });

  it('wants what the chosen event log needs', () => {
    expect(readConfig(eventLogSchema, { HEDUI_LOG: 'kafka', KAFKA_BROKERS: 'a:1, b:2,' })).toEqual({
      HEDUI_LOG: 'kafka',
      KAFKA_BROKERS: ['a:1', 'b:2'],
    });
    expect(() => readConfig(eventLogSchema, { HEDUI_LOG: 'postgres' })).toThrow(ConfigError);
    expect(() => readConfig(eventLogSchema, { HEDUI_LOG: 'files' })).toThrow(ConfigError);
  });
});
