import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { AUDITED } from '../src/keys.js';
import { memoryOptions, SERVICES, serviceEnvironment } from '../src/mesh.js';

const root = path.resolve(__dirname, '../../..');
const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      environment: z.record(z.string(), z.string()).optional(),
      command: z.array(z.string()).optional(),
      volumes: z.array(z.string()).default([]),
      ports: z.array(z.string()).default([]),
      build: z.object({ dockerfile: z.string() }).optional(),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
      healthcheck: z.unknown().optional(),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()),
});
const compose = composeSchema.parse(
  parse(readFileSync(path.join(root, 'docker-compose.yml'), 'utf8'), { merge: true }),
);
const service = (name: string) => {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};

const at = {
  host: '0.0.0.0',
  url: `http://localhost:\${HEDUI_PORT:-8080}`,
  ports: Object.fromEntries(SERVICES.map(({ name }) => [name, 8080])),
  databases: Object.fromEntries(
    SERVICES.map(({ database }) => [
      database ?? '',
      `postgres://${database}:\${HEDUI_DB_PASSWORD}@postgres:5432/${database}`,
    ]),
  ),
  log: { kind: 'kafka' as const, brokers: ['kafka:9092'], url: null },
  redisUrl: 'redis://redis:6379',
  keys: {
    pseudonyms: '/keys/named/pseudonyms.json',
    keyRing: '/keys/named/key-ring.json',
    tokenKey: '/keys/operator/token-key.json',
    jwks: '/keys/public/token-jwks.json',
    identity: '/keys/identity/identity.json',
    logins: '/keys/identity/trial-logins.json',
    audit: '/keys/audit',
  },
};

/** Whose address a setting tells. */
const NAMED_IN: Readonly<Record<string, string>> = {
  HEDUI_VERIFICATION_URL: 'verification',
  HEDUI_REPORTING_URL: 'reporting',
  HEDUI_MATCHER_URL: 'matcher',
  HEDUI_IDENTITY_URL: 'identity',
  HEDUI_ISSUER_JWKS: 'identity',
};

describe('docker-compose.yml', () => {
  it('holds every service of the mesh, its parts and the making of keys', () => {
    const expected = [...SERVICES.map(({ name }) => name), 'postgres', 'kafka', 'redis', 'keys'];
    expect(Object.keys(compose.services).sort()).toEqual(expected.sort());
  });

  it.each(SERVICES.map((spec) => [spec.name, spec] as const))(
    'gives %s the environment that the launcher gives it',
    (name, spec) => {
      // Between containers a service is reached by its name instead of a port of one host.
      const wanted = Object.entries(serviceEnvironment(spec, at, {})).map(([key, value]) => [
        key,
        key === 'HEDUI_SOURCES'
          ? SERVICES.flatMap((s) => (s.source ? [`${s.source}=http://${s.name}:8080`] : [])).join(',')
          : value.replace(/^http:\/\/0\.0\.0\.0/, `http://${NAMED_IN[key]}`),
      ]);
      expect(service(name).environment).toEqual(Object.fromEntries(wanted));
      expect(service(name).command).toEqual(['node', ...memoryOptions(spec), `services/${name}/dist/server.js`]);
      expect(service(name).healthcheck).toBeDefined();
    },
  );

  it('lets only the named zone see its keys, and nobody but the maker those of the operator', () => {
    for (const spec of SERVICES) {
      const mounted = service(spec.name).volumes.map((volume) => volume.split(':')[0]);
      expect(mounted.includes('keys-named')).toBe(spec.named);
      expect(mounted).not.toContain('keys-operator');
      expect(mounted.includes('keys-identity')).toBe(spec.name === 'identity');
    }
  });

  it('lets each service see the key of its own audit log alone', () => {
    for (const { name } of SERVICES) {
      const mounted = service(name).volumes.filter((volume) => volume.includes('keys-audit'));
      expect(mounted).toEqual(AUDITED.includes(name) ? [`keys-audit-${name}:/keys/audit:ro`] : []);
    }
  });

  it('publishes the gateway alone', () => {
    const published = Object.entries(compose.services).filter(([, { ports }]) => ports.length > 0);
    expect(published.map(([name]) => name)).toEqual(['gateway']);
  });

  it('refers to files, services and volumes that exist', () => {
    for (const { build, depends_on, volumes } of Object.values(compose.services)) {
      if (build) expect(existsSync(path.join(root, build.dockerfile))).toBe(true);
      for (const name of Object.keys(depends_on)) expect(compose.services).toHaveProperty(name);
      for (const volume of volumes) {
        const from = volume.split(':')[0] ?? '';
        if (from.startsWith('.')) expect(existsSync(path.join(root, from))).toBe(true);
        else expect(compose.volumes).toHaveProperty(from);
      }
    }
  });

  it('makes the database of every service', () => {
    const script = readFileSync(path.join(root, 'infra/docker/databases.sh'), 'utf8');
    const names = /for name in ([a-z_ ]+);/
      .exec(script)?.[1]
      ?.split(' ')
      .map((name) => `hedui_${name}`);
    expect(names).toEqual(SERVICES.flatMap(({ database }) => (database ? [database] : [])));
  });
});
