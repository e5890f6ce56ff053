import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  bringDatabases,
  externalPostgres,
  PartUnavailable,
  type Postgres,
  removePostgres,
  startPostgres,
} from '@hedui/local-parts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('startPostgres on one data folder', () => {
  let folder: string;
  let dataDir: string;
  let server: Postgres;
  const start = () => startPostgres({ dataDir, settings: { shared_buffers: '32MB' } });
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'hedui-postgres-'));
    chmodSync(folder, 0o755);
    dataDir = path.join(folder, 'data');
    server = await start();
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    removePostgres(dataDir);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('keeps what was committed over kill -9, and goes on by itself', async () => {
    const before = await server.createDatabase('kept');
    await query(before, 'create table t (n int); insert into t values (7)');
    server.kill();
    await server.exited;
    expect(existsSync(path.join(dataDir, 'cluster', 'postmaster.pid'))).toBe(true);
    server = await start();
    expect(await query(server.url('kept'), 'select n from t')).toEqual([{ n: 7 }]);
  }, 60_000);

  it('leaves a database that exists as it is', async () => {
    expect(await server.createDatabase('kept')).toBe(server.url('kept'));
    expect(await query(server.url('kept'), 'select n from t')).toEqual([{ n: 7 }]);
  });

  it('starts although another process has the number of its predecessor by now', async () => {
    await server.stop();
    writeFileSync(path.join(dataDir, 'cluster', 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
    server = await start();
    expect(await query(server.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  }, 60_000);

  it('ends a server that an interrupted run left on the same data', async () => {
    const left = server;
    server = await start();
    await left.exited;
    expect(server.pid).not.toBe(left.pid);
    expect(await query(server.url('kept'), 'select n from t')).toEqual([{ n: 7 }]);
  }, 60_000);

  it('wants the password', async () => {
    const open = new URL(server.adminUrl);
    open.password = 'guess';
    await expect(query(open.toString(), 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('gives each database a user who may enter no other one', async () => {
    const urls = await bringDatabases(server, ['named', 'blind']);
    const again = await bringDatabases(server, ['named', 'blind']);
    expect(Object.keys(again)).toEqual(Object.keys(urls));
    await query(again.named ?? '', 'create table person (name text)');
    const trespass = new URL(again.blind ?? '');
    trespass.pathname = '/named';
    await expect(query(trespass.toString(), 'select 1')).rejects.toMatchObject({ code: '42501' });
  });

  it('says what is wrong with a server that is given and does not answer', async () => {
    const gone = externalPostgres('postgres://nobody:x@127.0.0.1:1/postgres');
    await expect(gone).rejects.toBeInstanceOf(PartUnavailable);
    await expect(gone).rejects.toThrow(/DATABASE_URL \(127\.0\.0\.1:1\) does not answer/);
  });

  it('says where the log is when the server cannot start', async () => {
    const bad = startPostgres({ dataDir: path.join(folder, 'bad'), settings: { shared_buffers: 'lots' } });
    await expect(bad).rejects.toMatchObject({
      part: 'PostgreSQL',
      message: expect.stringContaining('shared_buffers'),
      remedy: expect.stringContaining('postgres.log'),
    });
  }, 60_000);
});
