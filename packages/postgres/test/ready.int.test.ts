import { createLogger } from '@hedui/logging';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool, ready } from '../src/index.js';

describe('a statement that is kept ready', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await testDatabase('ready');
    pool = createPool({ url: database.url, name: 'ready', max: 1, logger: createLogger('postgres-test', 'silent') });
    await pool.query('CREATE TABLE thing (id int PRIMARY KEY, name text)');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('is read once by a connection, and gives each time what its values ask for', async () => {
    const add = ready('INSERT INTO thing (id, name) VALUES ($1, $2) RETURNING name');
    const names = [];
    for (const id of [1, 2, 3]) names.push((await pool.query(add([id, `n${id}`]))).rows[0]?.name);
    expect(names).toEqual(['n1', 'n2', 'n3']);
    const { rows } = await pool.query(`SELECT count(*)::int AS n FROM pg_prepared_statements`);
    expect(rows[0]).toEqual({ n: 1 });
  });

  it('goes on when a migration adds a column, and after it has failed', async () => {
    const find = ready('SELECT name FROM thing WHERE id = $1');
    expect((await pool.query(find([1]))).rows).toEqual([{ name: 'n1' }]);
    await expect(pool.query(find(['no number']))).rejects.toThrow(/integer/);
    await pool.query('ALTER TABLE thing ADD COLUMN added text');
    expect((await pool.query(find([2]))).rows).toEqual([{ name: 'n2' }]);
  });
});
