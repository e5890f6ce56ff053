import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger } from '@hedui/logging';
import { type Postgres, startPostgres, type TestAuthority, testAuthority, unprivilegedUser } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '../src/index.js';

const logger = createLogger('test', 'silent');

describe('a database that speaks TLS', () => {
  let folder: string;
  let authority: TestAuthority;
  let other: TestAuthority;
  let server: Postgres;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'hedui-postgres-tls-'));
    [authority, other] = await Promise.all([testAuthority(), testAuthority()]);
    const { cert, key } = await authority.issue('postgres');
    chmodSync(folder, 0o755);
    const files = [cert, key].map((file) => {
      const copy = path.join(folder, path.basename(file));
      copyFileSync(file, copy);
      chmodSync(copy, 0o600);
      // The server runs as somebody else when the tests run as root.
      const user = unprivilegedUser();
      if (user) chownSync(copy, user.uid, user.gid);
      return copy;
    });
    server = await startPostgres({
      dataDir: path.join(folder, 'data'),
      durable: false,
      settings: {
        ssl: 'on',
        ssl_cert_file: files[0] ?? '',
        ssl_key_file: files[1] ?? '',
        ssl_min_protocol_version: 'TLSv1.2',
      },
    });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    authority.remove();
    other.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function protocolOf(parameters: string): Promise<string> {
    const pool = createPool({ url: `${server.adminUrl}?${parameters}`, name: 'test', logger });
    try {
      const { rows } = await pool.query('SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      return rows[0].version;
    } finally {
      await pool.end();
    }
  }

  it('is reached with verify-full and the authority of its certificate', async () => {
    expect(await protocolOf(`sslmode=verify-full&sslrootcert=${authority.ca}`)).toMatch(/^TLSv1\.[23]$/);
  });

  it('is not reached when another authority is believed', async () => {
    await expect(protocolOf(`sslmode=verify-full&sslrootcert=${other.ca}`)).rejects.toThrow(/certificate|signature/);
  });
});
