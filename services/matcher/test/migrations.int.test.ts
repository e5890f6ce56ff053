import path from 'node:path';
import { createLogger } from '@hedui/logging';
import { createPool, migrate, type Pool } from '@hedui/postgres';
import { type TestDatabase, testDatabase, withEarlierSchema } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const MIGRATIONS = path.join(__dirname, '../migrations');
const logger = createLogger('test', 'silent');
const TABLES = ['profile', 'coverage', 'load_progress', 'announcement', 'policy', 'coverage_version'];

describe('profiles that an earlier version has kept', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await testDatabase('matcher');
    pool = createPool({ url: database.url, name: 'test', max: 2, logger });
    await migrate(pool, MIGRATIONS);
    await pool.query(
      `INSERT INTO profile (person_key, income_epoch, income_counter, income, death_epoch, death_counter, death)
       SELECT decode(md5(n::text), 'hex'), 1, n, decode('c0', 'hex'), 2, n * 2, NULL FROM generate_series(1, 500) AS n`,
    );
    await pool.query(`INSERT INTO coverage VALUES ('tax', 'income', '520100', 'tax-1', 1, 7, 'full', 20000, 7)`);
    await pool.query(
      `INSERT INTO load_progress (source, record_type, scope, partition, begun_epoch, begun_seq, begun_mode)
       SELECT 'tax', 'income', '520100', n, 1, 8, 'delta' FROM generate_series(0, 3) AS n`,
    );
    await pool.query(`INSERT INTO announcement VALUES ('tax-1', 'tax', 'income', 'c', '{}')`);
    await pool.query(`INSERT INTO policy VALUES ('p', 1, 'd', '{}')`);
    await pool.query('UPDATE coverage_version SET version = 42');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const all = async (from: Pool) => {
    const found: Record<string, unknown> = {};
    for (const table of TABLES) {
      found[table] = (await from.query(`SELECT t::text AS row FROM ${table} t ORDER BY 1`)).rows;
    }
    return found;
  };

  it.each([1, 2])('are as they were after version %i', async (upTo) => {
    const later = await testDatabase('matcher');
    const its = createPool({ url: later.url, name: 'test', max: 2, logger });
    try {
      const counts = await withEarlierSchema({
        ...{ from: database.url, to: later.url, migrations: MIGRATIONS, upTo },
        migrate: (directory) => migrate(its, directory),
      });
      expect(counts).toMatchObject({ profile: 500, coverage: 1, load_progress: 4, policy: 1 });
      await migrate(its, MIGRATIONS);
      expect(await all(its)).toEqual(await all(pool));
    } finally {
      await its.end();
      await later.drop();
    }
  });
});
