import { SOURCES } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { SERVICES, type Surroundings, serviceEnvironment } from '../src/mesh.js';

const at: Surroundings = {
  host: '127.0.0.1',
  url: 'http://localhost:8080',
  ports: Object.fromEntries(SERVICES.map(({ name }, i) => [name, 9000 + i])),
  databases: Object.fromEntries(SERVICES.map(({ database }) => [database ?? '', `postgres://${database}`])),
  log: { kind: 'kafka', brokers: ['127.0.0.1:9092', '127.0.0.1:9093'], url: null },
  redisUrl: null,
  keys: {
    pseudonyms: '/k/p.json',
    keyRing: '/k/r.json',
    tokenKey: '/k/secret.json',
    jwks: '/k/jwks.json',
    identity: '/k/i.json',
    logins: '/k/l.json',
    audit: '/k/audit',
  },
};
const environmentOf = (name: string, more: Partial<Surroundings> = {}, outer = {}) => {
  const spec = SERVICES.find((service) => service.name === name);
  if (!spec) throw new Error(`no service ${name}`);
  return serviceEnvironment(spec, { ...at, ...more }, outer);
};

describe('serviceEnvironment', () => {
  it('gives a source its port, database, log and keys', () => {
    expect(environmentOf('housing-fund-source')).toEqual({
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      HEDUI_SERVICE: 'housing-fund-source',
      HEDUI_AUDIT_KEY: '/k/audit/housing-fund-source.json',
      HEDUI_HOST: '127.0.0.1',
      HEDUI_PORT: '9002',
      HEDUI_TOKEN_JWKS: '/k/jwks.json',
      HEDUI_ISSUER: 'http://localhost:8080/oidc',
      HEDUI_ISSUER_JWKS: 'http://127.0.0.1:9008/oidc/jwks',
      DATABASE_URL: 'postgres://hedui_housing_fund',
      HEDUI_LOG: 'kafka',
      KAFKA_BROKERS: '127.0.0.1:9092,127.0.0.1:9093',
      HEDUI_PSEUDONYM_KEYS: '/k/p.json',
      HEDUI_KEY_RING: '/k/r.json',
    });
  });

  it.each(['matcher', 'reporting', 'identity', 'gateway'])('gives %s no key of the named zone', (name) => {
    const values = Object.values(environmentOf(name));
    for (const key of [at.keys.pseudonyms, at.keys.keyRing]) expect(values).not.toContain(key);
  });

  it('gives nobody the key that signs tokens', () => {
    for (const { name } of SERVICES) expect(Object.values(environmentOf(name))).not.toContain(at.keys.tokenKey);
  });

  it('gives identity alone its keys and the first logins, and no event log', () => {
    for (const { name } of SERVICES) {
      const values = Object.values(environmentOf(name));
      for (const file of [at.keys.identity, at.keys.logins]) expect(values.includes(file)).toBe(name === 'identity');
    }
    expect(environmentOf('identity')).not.toHaveProperty('KAFKA_BROKERS');
  });

  it('tells the gateway where every service is', () => {
    const env = environmentOf('gateway');
    expect(env.HEDUI_SOURCES?.split(',').map((entry) => entry.split('=')[0])).toEqual([...SOURCES]);
    expect(env).toMatchObject({
      HEDUI_VERIFICATION_URL: 'http://127.0.0.1:9006',
      HEDUI_REPORTING_URL: 'http://127.0.0.1:9007',
      HEDUI_IDENTITY_URL: 'http://127.0.0.1:9008',
    });
    expect(env).not.toHaveProperty('DATABASE_URL');
  });

  it('names the log in PostgreSQL by its address', () => {
    const env = environmentOf('matcher', { log: { kind: 'postgres', brokers: [], url: 'postgres://log' } });
    expect(env).toMatchObject({ HEDUI_LOG: 'postgres', EVENT_LOG_URL: 'postgres://log' });
    expect(env).not.toHaveProperty('KAFKA_BROKERS');
  });

  it("passes settings on, but neither the caller's servers nor the launcher's own settings", () => {
    const outer = {
      PATH: '/bin',
      LOG_LEVEL: 'debug',
      HEDUI_WITHDRAWAL_LIMIT: '30',
      DATABASE_URL: 'postgres://admin',
      HEDUI_HOME: '/h',
      SECRET: 's',
    };
    expect(environmentOf('reporting', {}, outer)).toMatchObject({
      PATH: '/bin',
      LOG_LEVEL: 'debug',
      HEDUI_WITHDRAWAL_LIMIT: '30',
      DATABASE_URL: 'postgres://hedui_reporting',
    });
    expect(environmentOf('reporting', {}, outer)).not.toHaveProperty('HEDUI_HOME');
    expect(environmentOf('reporting', {}, outer)).not.toHaveProperty('SECRET');
  });
});
