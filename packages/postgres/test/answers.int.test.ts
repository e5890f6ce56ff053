import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { createLogger } from '@hedui/logging';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allowLonger, createPool, inTransaction, type Pool } from '../src/index.js';

const logger = createLogger('postgres-test', 'silent');

describe('answers that do not come', () => {
  const open: { database?: TestDatabase; pool?: Pool; server?: Server } = {};
  const sockets: Socket[] = [];
  const state = { silent: false };

  const pool = (): Pool => {
    if (!open.pool) throw new Error('there is no pool');
    return open.pool;
  };

  beforeAll(async () => {
    const database = await testDatabase('answers');
    open.database = database;
    const direct = new URL(database.url);
    const server = createServer((near) => {
      const far = dial(Number(direct.port), direct.hostname);
      sockets.push(near, far);
      // What is opened after the silence began passes again.
      const later = state.silent;
      near.on('data', (piece) => {
        if (later || !state.silent) far.write(piece);
      });
      far.on('data', (piece) => {
        if (later || !state.silent) near.write(piece);
      });
      for (const socket of [near, far]) socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.server = server;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const wired = new URL(database.url);
    wired.hostname = '127.0.0.1';
    wired.port = String(address.port);
    open.pool = createPool({ url: wired.toString(), name: 'answers', max: 1, logger, answerTimeout: 1000 });
  });

  afterAll(async () => {
    await open.pool?.end();
    for (const socket of sockets) socket.destroy();
    open.server?.close();
    await open.database?.drop();
  });

  it('gives long work of one transaction its time, and the next statement the usual limit', async () => {
    await inTransaction(pool(), async (client) => {
      await allowLonger(client, 10);
      await client.query('SELECT pg_sleep(1.5)');
    });
    await expect(pool().query('SELECT pg_sleep(1.5)')).rejects.toThrow(/timeout/);
  });

  it('gives a connection up that went silent, and works on over a new one', async () => {
    await pool().query('SELECT 1');
    state.silent = true;
    await expect(inTransaction(pool(), (client) => client.query('SELECT 2'))).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    const { rows } = await pool().query<{ n: number }>('SELECT 3 AS n');
    expect(rows).toEqual([{ n: 3 }]);
  });
});
