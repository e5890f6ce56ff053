import path from 'node:path';
import { POSITIONS_SQL } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool, inTransaction, migrate, type Pool } from '@hedui/postgres';
import { type TestDatabase, testDatabase, withEarlierSchema } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyReports } from '../src/ledger/apply.js';
import { reportEvent } from './builders.js';
import { randomChunks } from './random-reports.js';

const MIGRATIONS = path.join(__dirname, '../migrations');
const logger = createLogger('test', 'silent');

describe('a ledger that an earlier version has kept', () => {
  let database: TestDatabase;
  let pool: Pool;
  let households = 0;
  let counted: unknown;
  beforeAll(async () => {
    database = await testDatabase('reporting');
    pool = createPool({ url: database.url, name: 'test', max: 2, logger });
    await migrate(pool, MIGRATIONS);
    await pool.query(POSITIONS_SQL);
    households = await apply(pool, 7);
    counted = await rates(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** Counts invented reports; returns how many. */
  async function apply(into: Pool, seed: number): Promise<number> {
    const messages = randomChunks(seed).map((chunk, i) => ({
      ...{ offset: BigInt(i), key: Buffer.from(chunk.chunkId), value: reportEvent(chunk), timestamp: 0 },
    }));
    const decodeOrDeadLetter: Parameters<typeof applyReports>[2]['decodeOrDeadLetter'] = (all, open) =>
      all.map((message) => ({ message, value: open(message) }));
    const { reports } = await inTransaction(into, (client) => applyReports(client, messages, { decodeOrDeadLetter }));
    return reports;
  }
  const rates = (from: Pool) =>
    inTransaction(from, async (client) => {
      await client.query(`SELECT set_config('hedui.regions', '%', true)`);
      const { rows } = await client.query(
        `SELECT * FROM latest_in_reach(0, 99999, NULL, NULL, NULL, true) AS r ORDER BY r::text`,
      );
      return rows;
    });

  it.each([1, 2, 3, 4, 5, 6, 7])('has the same rates after version %i', async (upTo) => {
    const later = await testDatabase('reporting');
    const its = createPool({ url: later.url, name: 'test', max: 2, logger });
    try {
      const counts = await withEarlierSchema({
        ...{ from: database.url, to: later.url, migrations: MIGRATIONS, upTo },
        migrate: (directory) => migrate(its, directory),
      });
      expect(counts.ledger).toBe(households);
      await migrate(its, MIGRATIONS);
      expect(await rates(its)).toEqual(counted);
      // What was counted is known, and counts once.
      expect(await apply(its, 7)).toBe(0);
    } finally {
      await its.end();
      await later.drop();
    }
  });
});
