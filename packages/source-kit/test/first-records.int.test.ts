import { inTransaction } from '@hedui/postgres';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRecord } from '../src/db/evidence.js';
import { fillingRecords } from '../src/db/first-records.js';
import { csv, GUARDIANSHIP, guardianship, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { type SourceUnderTest, sealer, startSource } from './support/source.js';

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
        return found.rows.length === 0;
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

  it('are none when an id comes twice: the key that is made behind them finds it', async () => {
    const before = await indexes();
    const twice = inTransaction(source.pool, (client) =>
      fillingRecords(client, 50_000, () =>
        client.query(
          `INSERT INTO record (record_type, record_id, person_key, name_key, order_key, blind, chunk, chunk_at, digest, scope_prefix, load_seq)
           SELECT 1, 'R1', '', '', 0, '', 1, n, '', '52', 1 FROM generate_series(0, 1) AS n`,
        ),
      ),
    );
    await expect(twice).rejects.toMatchObject({ code: '23505' });
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
    const [type] = socialInsurance.recordTypes;
    if (!type) throw new RangeError('no such type');
    for (const i of [0, 7_000, 7_999, 8_000, 16_500, 20_099]) {
      const opened = await openRecord(source.pool, sealer, type, 1, `R${(i * 7919) % 20_050}`);
      // The last fifty rows bear the ids of the first fifty.
      expect(opened?.cells).toMatchObject({ amount: (i < 50 ? i + 20_050 : i) * 100 });
    }
    const { rows: slots } = await source.pool.query('SELECT FROM record WHERE chunk_at >= 4000');
    expect(slots).toHaveLength(0);
    const kept = await evidence();
    expect(kept).toEqual({ n: 20_050, used: kept?.chunks, chunks: expect.any(Number) });
    expect(await drops(50_000)).toBe(false);
    const again = await source.load('pension', csv(PENSION, ...rows), { mode: 'full' });
    expect(again.counts).toMatchObject({ applied: 0, unchanged: 20_050, withdrawn: 0 });
    expect(await evidence()).toEqual(kept);
  }, 60_000);
});

describe('the rows of a file', () => {
  let source: SourceUnderTest;
  beforeAll(async () => {
    source = await startSource(socialInsurance);
  });
  afterAll(() => source.close());

  /** Batches of the newest load, and the transactions in which they were written. */
  const written = async () => {
    const { rows } = await source.pool.query<{ batches: number; transactions: number }>(
      `SELECT count(*)::int AS batches, count(DISTINCT xmin::text)::int AS transactions FROM evidence_chunk
       WHERE load_no = (SELECT max(no) FROM load)`,
    );
    return rows[0];
  };

  it('are written several batches at a time', async () => {
    const rows = Array.from({ length: 12_000 }, (_, i) => pension(`R${100_000 + i}`, person(1 + (i % 9)), `${i}.00`));
    await source.load('pension', csv(PENSION, ...rows), { mode: 'full' });
    const { batches, transactions } = (await written()) ?? { batches: 0, transactions: 0 };
    expect(batches).toBeGreaterThanOrEqual(5);
    expect(transactions).toBeLessThanOrEqual(Math.ceil(batches / 2));
  }, 60_000);

  it('are written batch by batch when they are long, so that they are not gathered in memory', async () => {
    const long = 'x'.repeat(900_000);
    const rows = Array.from({ length: 12 }, (_, i) => pension(`L${10 + i}`, person(1), `${i}.00`).replace('A-', long));
    await source.load('pension', csv(PENSION, ...rows), { mode: 'delta' });
    const { batches, transactions } = (await written()) ?? { batches: 0, transactions: 0 };
    expect(batches).toBeGreaterThanOrEqual(2);
    expect(transactions).toBe(batches);
  }, 60_000);
});

describe('the first records after all were withdrawn', () => {
  let source: SourceUnderTest;
  beforeAll(async () => {
    source = await startSource(socialInsurance);
  });
  afterAll(() => source.close());

  it('are sent as the newest also of persons who still wait since then', async () => {
    const { log } = source;
    log.onPublish = () => {
      throw new Error('the log is away');
    };
    const [a, b, c] = [person(1), person(2), person(3)];
    const load = (...rows: string[]) => source.load('guardianship', csv(GUARDIANSHIP, ...rows), { mode: 'full' });
    await load(guardianship('G1', a, b));
    await load();
    await load(guardianship('G2', c, b));
    log.onPublish = () => {};
    await source.allSent();
    const newest = new Map<string, [number, number]>();
    for (const { slice, person: of } of log.slices('hedui.source.social_insurance.guardianship')) {
      newest.set(of, [slice.counter, slice.records.length]);
    }
    // Who is in no record any more has the number of the withdrawal, the others that of the last load and its record.
    expect([...newest.values()].sort()).toEqual([
      [2, 0],
      [3, 1],
      [3, 1],
    ]);
  }, 60_000);
});
