import { createLogger } from '@hedui/logging';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { from as copyFrom } from 'pg-copy-streams';
import { createPool, endSilentClients, inTransaction, type Pool } from '../src/index.js';

const logger = createLogger('postgres-test', 'silent');

describe('a client that stands still in the middle of a COPY', () => {
  const open: { database?: TestDatabase; pool?: Pool; patient?: Pool } = {};

  const pool = (): Pool => {
    if (!open.pool) throw new Error('there is no pool');
    return open.pool;
  };

  /** Holds the lock on the one position, and has sent only a part of its rows. */
  async function standStill() {
    const client = await open.patient?.connect();
    if (!client) throw new Error('there is no pool');
    await client.query('BEGIN');
    await client.query('UPDATE position SET next = next + 1');
    const copy = client.query(copyFrom('COPY line FROM STDIN'));
    const failed = new Promise<unknown>((resolve) => copy.on('error', resolve));
    await new Promise((resolve) => copy.write('1\n2', resolve));
    return { failed, release: () => client.release(true) };
  }

  beforeAll(async () => {
    open.database = await testDatabase('silent-clients');
    // The shortest limit that there is: a silent client is given five seconds.
    open.pool = createPool({ url: open.database.url, name: 'silent', logger, answerTimeout: 1500 });
    // Whoever stands still looks at no limit of its own.
    open.patient = createPool({ url: open.database.url, name: 'still', logger });
    await pool().query('CREATE TABLE position (next int); INSERT INTO position VALUES (0); CREATE TABLE line (n int)');
  });

  afterAll(async () => {
    await Promise.all([open.pool?.end(), open.patient?.end()]);
    await open.database?.drop();
  });

  it('is ended by whoever waits for its locks, which the timeouts of the server do not do', async () => {
    const still = await standStill();
    const advance = () => inTransaction(pool(), (client) => client.query('UPDATE position SET next = next + 1'));
    const since = Date.now();
    let attempts = 0;
    for (;;) {
      attempts++;
      try {
        await advance();
        break;
      } catch (error) {
        expect(String(error)).toMatch(/timeout/);
        if (Date.now() - since > 30_000) throw error;
      }
    }
    expect(attempts).toBeGreaterThan(2);
    expect(String(await still.failed)).toMatch(/terminat/);
    still.release();
    const { rows } = await pool().query<{ next: number; lines: number }>(
      'SELECT next, (SELECT count(*)::int FROM line) AS lines FROM position',
    );
    expect(rows).toEqual([{ next: 1, lines: 0 }]);
  });

  it('is let be while it has not been silent for long, and so is who works or waits for others', async () => {
    const still = await standStill();
    const waiting = inTransaction(pool(), (client) => client.query('UPDATE position SET next = next + 1')).catch(
      String,
    );
    expect(await endSilentClients(pool(), 60_000)).toBe(0);
    expect(await endSilentClients(pool(), 0)).toBe(1);
    await still.failed;
    still.release();
    expect(await waiting).toMatchObject({ rowCount: 1 });
  });
});
