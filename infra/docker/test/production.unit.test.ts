import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TOPIC_ACCESS } from '@hedui/contracts';
import { onPath } from '@hedui/testing';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';

const folder = path.resolve(__dirname, '../production');
const secret = z.union([z.string(), z.object({ source: z.string(), target: z.string() })]);
const schema = z.object({
  services: z.record(
    z.string(),
    z.object({
      environment: z.record(z.string(), z.string().nullable()).default({}),
      secrets: z.array(secret).default([]),
      volumes: z.array(z.string()).default([]),
    }),
  ),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});
const compose = schema.parse(
  parse(readFileSync(path.join(folder, 'docker-compose.yml'), 'utf8'), {
    merge: true,
    customTags: [{ tag: '!reset', resolve: () => null }],
  }),
);
const sourcesOf = (name: string) =>
  (compose.services[name]?.secrets ?? []).map((one) => (typeof one === 'string' ? one : one.source));
const withDatabase = TOPIC_ACCESS.map(({ service }) => ({
  name: service,
  database: `hedui_${service.replace(/-source$/, '').replaceAll('-', '_')}`,
}));

describe('the production configuration', () => {
  it.each(withDatabase.map((spec) => [spec.name, spec] as const))(
    'gives %s its own certificate, database and user of the broker, and nobody else’s',
    (name, { database }) => {
      expect(sourcesOf(name).sort()).toEqual(
        ['ca', 'redis_url', `${name}_cert`, `${name}_key`, `${database}_url`, `kafka_${name}`].sort(),
      );
      const { environment } = compose.services[name] ?? {};
      expect(environment).toMatchObject({
        KAFKA_USERNAME: name,
        HEDUI_TLS_CLIENTS: 'known',
        DATABASE_URL: null,
        DATABASE_URL_FILE: '/run/secrets/database_url',
        KAFKA_PASSWORD_FILE: '/run/secrets/kafka_password',
      });
    },
  );

  it('lets only the gateway be asked by somebody without a certificate', () => {
    const anyone = Object.entries(compose.services).filter(
      ([, { environment }]) => environment.HEDUI_TLS_CLIENTS === 'any',
    );
    expect(anyone.map(([name]) => name)).toEqual(['gateway']);
    expect(compose.services.identity?.environment).toMatchObject({
      HEDUI_TLS_CLIENTS: 'known',
      HEDUI_TLS_CERT: '/run/secrets/tls_cert',
      // What people see in their tokens is what they reached: cookies are Secure by it.
      HEDUI_ISSUER: `\${HEDUI_PUBLIC_URL:-https://localhost:8080}/oidc`,
    });
  });

  it('speaks to nobody in clear, and holds no secret itself', () => {
    const text = readFileSync(path.join(folder, 'docker-compose.yml'), 'utf8');
    expect(text).not.toMatch(/http:\/\/(?!localhost)|redis:\/\/|postgres:\/\//);
    expect(text).not.toMatch(/PLAINTEXT:\/\/0\.0\.0\.0/);
    const lists = readFileSync(path.join(folder, 'pg_hba.conf'), 'utf8')
      .split('\n')
      .filter((line) => /^host/.test(line));
    for (const { database } of withDatabase) {
      expect(lists.some((line) => line.split(/\s+/).slice(0, 3).join(' ') === `hostssl ${database} ${database}`)).toBe(
        true,
      );
    }
    expect(lists.filter((line) => line.startsWith('host ')).every((line) => line.includes('127.0.0.1/32'))).toBe(true);
  });

  it('names files of the checkout that exist, and secrets that are declared', () => {
    const root = path.resolve(folder, '../../..');
    for (const [name, { volumes }] of Object.entries(compose.services)) {
      for (const volume of volumes) expect(existsSync(path.join(root, volume.split(':')[0] ?? ''))).toBe(true);
      for (const source of sourcesOf(name)) expect(Object.keys(compose.secrets)).toContain(source);
    }
  });

  it('finds every secret that make-secrets.sh makes, in files that only their owner reads', () => {
    // The script needs openssl, which a machine that never makes secrets may lack.
    if (!onPath('openssl')) return;
    const made = mkdtempSync(path.join(tmpdir(), 'hedui-secrets-'));
    const run = () => execFileSync('bash', [path.join(folder, 'make-secrets.sh'), made], { stdio: 'ignore' });
    run();
    const read = (name: string) => readFileSync(path.join(made, name), 'utf8');
    const names = new Set(readdirSync(made));
    for (const { file } of Object.values(compose.secrets)) expect(names).toContain(path.basename(file));
    const authority = new X509Certificate(read('ca.pem'));
    const certificate = new X509Certificate(read('matcher.pem'));
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkHost('matcher')).toBe('matcher');
    // Shown as a server, as a client, and by the health check to its own container.
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    const before = [read('hedui_tax_url'), read('kafka_matcher'), read('matcher.pem')];
    expect(before[0]).toMatch(
      /^postgres:\/\/hedui_tax:[0-9a-f]{48}@postgres:5432\/hedui_tax\?sslmode=verify-full&sslrootcert=\/run\/secrets\/ca\n$/,
    );
    run();
    expect([read('hedui_tax_url'), read('kafka_matcher'), read('matcher.pem')]).toEqual(before);
    rmSync(made, { recursive: true, force: true });
  }, 60_000);
});
