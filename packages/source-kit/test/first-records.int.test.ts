import { inTransaction } from '@hedui/postgres';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fillingRecords } from '../src/db/first-records.js';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { type SourceUnderTest, startSource } from './support/source.js';

describe('the first records of a source', () => {
  let source: SourceUnderTest;
  beforeAll(async () => {
    source = await startSource(socialInsurance);
  });
  afterAll(() => source.close());

  const indexes = async (): Promise<string[]> => {
    const { rows } = await source.pool.query<{ made: string }>(
      "SELECT indexdef AS made FROM pg_indexes WHERE tablename = 'record' ORDER BY indexname",
    );
    return rows.map((row) => row.made);
  };
  const drops = (rows: number): Promise<boolean> =>
    inTransaction(source.pool, (client) =>
      fillingRecords(client, rows, async () => {
        const found = await client.query("SELECT FROM pg_indexes WHERE tablename = 'record'");
        return found.rows.length === 1;
      }),
    );

  it('have their indexes made behind them, unless they are few or somebody is using the table', async () => {
    const before = await indexes();
    expect(before).toHaveLength(3);
    expect(await drops(100)).toBe(false);
    expect(await drops(50_000)).toBe(true);
    expect(await indexes()).toEqual(before);
    const reader = await source.pool.connect();
    await reader.query('BEGIN; LOCK TABLE record IN ACCESS SHARE MODE');
    expect(await drops(50_000)).toBe(false);
    await reader.query('COMMIT');
    reader.release();
    const failed = inTransaction(source.pool, (client) =>
      fillingRecords(client, 50_000, () => Promise.reject(new Error('on the way'))),
    );
    await expect(failed).rejects.toThrow('on the way');
    expect(await indexes()).toEqual(before);
  });

  it('take effect like any others, with ids in any order and some twice', async () => {
    const people = Array.from({ length: 50 }, (_, i) => person(i + 1));
    const rows = Array.from({ length: 20_100 }, (_, i) => {
      const who = people[i % people.length];
      if (!who) throw new RangeError('no such person');
      return pension(`R${(i * 7919) % 20_050}`, who, `${i}.00`);
    });
    const before = await indexes();
    const load = await source.load('pension', csv(PENSION, ...rows), { mode: 'full' });
    expect(load.counts).toMatchObject({ read: 20_100, applied: 20_050, superseded: 50, rejected: 0 });
    expect(await indexes()).toEqual(before);
    await source.allSent();
    const evidence = async () => {
      const { rows } = await source.pool.query<{ n: number; used: number; chunks: number }>(
        `SELECT count(*)::int AS n, count(DISTINCT chunk)::int AS used,
           (SELECT count(*)::int FROM evidence_chunk) AS chunks FROM record`,
      );
      return rows[0];
    };
    const kept = await evidence();
    expect(kept).toEqual({ n: 20_050, used: kept?.chunks, chunks: expect.any(Number) });
    expect(await drops(50_000)).toBe(false);
    const again = await source.load('pension', csv(PENSION, ...rows), { mode: 'full' });
    expect(again.counts).toMatchObject({ applied: 0, unchanged: 20_050, withdrawn: 0 });
    expect(await evidence()).toEqual(kept);
  }, 60_000);
});
