import path from 'node:path';
import { type ReportChunk, VERIFICATION_KEEPS } from '@hedui/contracts';
import { POSITIONS_SQL } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool, inTransaction, migrate, type Pool } from '@hedui/postgres';
import { type TestDatabase, testDatabase } from '@hedui/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { applyReports } from '../src/ledger/apply.js';
import { assessment, batchOf, chunkOf, person, reportEvent, reported } from './builders.js';

/** What verification gives out is what the ledger counts, also when the log was lost between the two. */
describe('several reports of one chunk', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await testDatabase('reporting');
    pool = createPool({ url: database.url, name: 'test', max: 2, logger: createLogger('test', 'silent') });
    await migrate(pool, path.join(__dirname, '../migrations'));
    await pool.query(POSITIONS_SQL);
  });
  beforeEach(() => pool.query('TRUNCATE ledger, chunk, issue CASCADE'));
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const chunk = (conclusion: 'meets' | 'does_not_meet' | 'incomplete', assessedAt: number, id = 'c1'): ReportChunk => ({
    ...chunkOf(
      id,
      '2026-03-01',
      [1, 2].map((n) => reported({ applicant: person(n), assessment: assessment({ conclusion }) })),
      'batch-1',
    ),
    assessedAt,
  });
  const first = chunk('meets', 1000);
  const second = chunk('incomplete', 2000);
  const third = chunk('does_not_meet', 3000);
  const from = (one: ReportChunk) => reportEvent(one);
  const keptBy = (one: ReportChunk) => reportEvent(one, VERIFICATION_KEEPS);

  const read = (generation: string | null, ...values: Buffer[]) =>
    inTransaction(pool, (client) =>
      applyReports(client, batchOf(values).messages, {
        decodeOrDeadLetter: (all, open) => all.map((message) => ({ message, value: open(message) })),
        ...(generation === null ? {} : { batch: { ...batchOf(values), generation } }),
      }),
    );
  const counted = async () => {
    const { rows } = await pool.query<{ conclusion: string; households: number }>(
      'SELECT conclusion, count(*)::int AS households FROM ledger GROUP BY conclusion',
    );
    return rows;
  };
  const both = (conclusion: string) => [{ conclusion, households: 2 }];

  it('within one life of the topic the first counts', async () => {
    await read('g1', from(first), from(second));
    await read('g1', from(third));
    expect(await counted()).toEqual(both('meets'));
  });

  it('in a newer life another one takes its place: verification has asked again', async () => {
    await read('g1', from(first), from(chunk('meets', 1000, 'c2')));
    await read('g2', from(second), from(third));
    expect(await counted()).toEqual(
      expect.arrayContaining([...both('incomplete'), { conclusion: 'meets', households: 2 }]),
    );
    await read('g2', from(first));
    expect(await counted()).toHaveLength(2);
  });

  it.each([
    ['after another one of its life', [from(second), keptBy(first)]],
    ['before another one of its life', [keptBy(first), from(second)]],
  ])('what verification keeps counts when it comes %s', async (_when, values) => {
    await read('g1', from(first));
    for (const value of values) await read('g2', value);
    expect(await counted()).toEqual(both('meets'));
    await read('g1', from(third));
    await pool.query('TRUNCATE ledger, chunk, issue CASCADE');
    await read('g1', from(third));
    await read('g2', ...values);
    expect(await counted()).toEqual(both('meets'));
  });

  it('a life that is not known changes nothing that was counted', async () => {
    await read('g1', from(first));
    await read(null, from(second));
    expect(await counted()).toEqual(both('meets'));
    await pool.query('UPDATE chunk SET life = NULL');
    await read('g2', from(second));
    expect(await counted()).toEqual(both('meets'));
    await read('g2', keptBy(third));
    expect(await counted()).toEqual(both('does_not_meet'));
  });

  it('the household keeps the key that a rotation has given it', async () => {
    await read('g1', from(first));
    const newKey = Buffer.alloc(16, 9);
    await pool.query('UPDATE ledger SET applicant_key = $1 WHERE index = 0', [newKey]);
    await read('g2', from(second));
    const { rows } = await pool.query<{ index: number; key: Buffer; conclusion: string; version: string }>(
      `SELECT l.index, l.applicant_key AS key, l.conclusion, extract(epoch FROM c.assessed_at)::text AS version
       FROM ledger l JOIN chunk c USING (chunk_no) ORDER BY l.index`,
    );
    expect(rows[0]?.key.equals(newKey)).toBe(true);
    expect(rows[1]?.key.toString('hex')).toBe(person(2));
    expect(rows.map(({ conclusion, version }) => [conclusion, Number(version)])).toEqual([
      ['incomplete', 2],
      ['incomplete', 2],
    ]);
  });
});
