import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { forgetOldVersions } from '../src/db/retention.js';
import { loadInPieces, receive, recognised, settled, whileNothingApplies } from './support/blocks.js';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { type SourceUnderTest, startSource } from './support/source.js';

const ROWS = 600;
const idOf = (n: number) => `R${String(n).padStart(4, '0')}`;
const row = (n: number, amount = '100.00') => pension(idOf(n), person(n % 50), amount);
const rows = () => Array.from({ length: ROWS }, (_, n) => row(n));
const file = (all: readonly string[]) => csv(PENSION, ...all);

describe('a full load of a file that is mostly the one before', () => {
  let source: SourceUnderTest;
  let first: string;
  beforeEach(async () => {
    source = await startSource(socialInsurance);
    first = (await loadInPieces(source, file(rows()))).id;
    await source.allSent();
    source.log.sent.length = 0;
  });
  afterEach(() => source.close());

  const again = async (all: readonly string[], options = {}) => {
    const { id, counts } = await loadInPieces(source, file(all), options);
    return { counts, recognised: await recognised(source, id) };
  };
  /** Amounts, scopes and evidence of what is stored: the blind part holds the amount. */
  async function stored(): Promise<string[]> {
    const found = await source.pool.query<{ line: string }>(
      `SELECT record_id || ' ' || scope_prefix || ' ' || encode(r.digest, 'hex') || ' ' || encode(r.blind, 'hex') AS line FROM record r
       WHERE EXISTS (SELECT FROM evidence_chunk e WHERE e.id = r.chunk) ORDER BY record_id`,
    );
    return found.rows.map(({ line }) => line);
  }
  /** What is stored when these rows are loaded where nothing is known. */
  async function afresh(all: readonly string[], scope = '520100'): Promise<string[]> {
    await source.pool.query('TRUNCATE known_block');
    const { id } = await loadInPieces(source, file(all), { scope, confirmWithdrawals: true });
    expect(await recognised(source, id)).toBe(0);
    return await stored();
  }
  const counts = (changed: object) => ({
    read: ROWS,
    applied: 0,
    unchanged: ROWS,
    withdrawn: 0,
    rejected: 0,
    superseded: 0,
    ...changed,
  });
  const sentIds = () => new Set(source.log.slices('hedui.source.social_insurance.pension').map((s) => s.person)).size;

  it('reads nothing of it again where it is the same, and changes nothing', async () => {
    expect(await recognised(source, first)).toBe(0);
    const before = await stored();
    const same = await again(rows());
    expect(same.counts).toEqual(counts({}));
    expect(same.recognised).toBeGreaterThan(ROWS - 60);
    expect(await stored()).toEqual(before);
    await source.allSent();
    expect(sentIds()).toBe(0);
  });

  it('finds one row that says something else, night after night', async () => {
    const all = rows();
    for (const n of [7, 300, 301, 599, 300]) {
      all[n] = row(n, `${n}.${all[n]?.includes('.07') ? '08' : '07'}`);
      const { counts: found, recognised: known } = await again(all);
      expect(found).toEqual(counts({ applied: 1, unchanged: ROWS - 1 }));
      // Blocks in which a row changed are known again the next time.
      expect(known).toBeGreaterThan(ROWS - 330);
    }
    expect((await again(all)).recognised).toBeGreaterThan(ROWS - 60);
    const kept = await stored();
    expect(await afresh(all)).toEqual(kept);
  });

  it('adds, withdraws and moves rows', async () => {
    const all = rows();
    all.splice(100, 0, pension('NEW', person(3)));
    expect((await again(all)).counts).toEqual(counts({ read: ROWS + 1, applied: 1 }));
    all.splice(400, 1);
    expect((await again(all)).counts).toEqual(counts({ read: ROWS, unchanged: ROWS, withdrawn: 1 }));
    const [moved] = all.splice(50, 1);
    all.push(moved ?? '');
    const last = await again(all);
    expect(last.counts).toEqual(counts({}));
    expect(last.recognised).toBeGreaterThan(400);
    const kept = await stored();
    expect(await afresh(all)).toEqual(kept);
  });

  it('the later row of an id wins, whether its block is known or not', async () => {
    const behind = [...rows(), row(20, '5.00')];
    expect((await again(behind)).counts).toEqual(
      counts({ read: ROWS + 1, applied: 1, unchanged: ROWS - 1, superseded: 1 }),
    );
    await again(rows());
    const before = [row(20, '5.00'), row(21, '6.00'), ...rows()];
    expect((await again(before)).counts).toEqual(counts({ read: ROWS + 2, superseded: 2 }));
    const same = [...rows(), row(20)];
    expect((await again(same)).counts).toEqual(counts({ read: ROWS + 1, superseded: 1 }));
    const kept = await stored();
    expect(await afresh(same)).toEqual(kept);
  });

  it('a file that holds everything twice has each row once', async () => {
    const twice = [...rows(), ...rows()];
    for (const _ of [1, 2]) {
      expect((await again(twice)).counts).toEqual(counts({ read: 2 * ROWS, superseded: ROWS }));
    }
    const between = [...rows(), row(20, '5.00'), ...rows()];
    expect((await again(between)).counts).toEqual(counts({ read: 2 * ROWS + 1, superseded: ROWS + 1 }));
    expect(await stored()).toEqual(await afresh(rows()));
  });

  it('sees what a delta changed, and brings it back', async () => {
    const delta = await loadInPieces(source, file([row(20, '5.00')]), { mode: 'delta' });
    expect(delta.counts).toMatchObject({ applied: 1 });
    const { counts: found, recognised: known } = await again(rows());
    expect(found).toEqual(counts({ applied: 1, unchanged: ROWS - 1 }));
    expect(known).toBeGreaterThan(200);
    const kept = await stored();
    expect(await afresh(rows())).toEqual(kept);
  });

  it('a rejected row is told of in every load, and holds its record', async () => {
    const all = rows();
    all[30] = row(30, 'thirty');
    for (const _ of [1, 2, 3]) {
      const { id, counts: found } = await loadInPieces(source, file(all));
      expect(found).toEqual(counts({ unchanged: ROWS - 1, rejected: 1 }));
      const { json } = await source.get(`/v1/loads/${id}/rejects`);
      expect(json).toMatchObject({ items: [{ line: 32, ref: 'R0030', column: 'amount', code: 'VALUE_INVALID' }] });
    }
    expect(await stored()).toHaveLength(ROWS);
  });

  it('knows nothing for another scope, and records that another scope took over are read again', async () => {
    const narrow = await again(rows().slice(0, 300), { scope: '520102' });
    expect(narrow).toEqual({ counts: counts({ read: 300, unchanged: 300 }), recognised: 0 });
    const wide = await again(rows());
    expect(wide.counts).toEqual(counts({}));
    expect(wide.recognised).toBeGreaterThan(150);
    expect(wide.recognised).toBeLessThan(301);
    expect((await again([], { scope: '520102' })).counts).toEqual(counts({ read: 0, unchanged: 0 }));
    const kept = await stored();
    expect(await afresh(rows())).toEqual(kept);
  });

  it('what other loads do between its arrival and its effect is seen: changed, withdrawn, taken over', async () => {
    const ids = await whileNothingApplies(source, async () => [
      await receive(source, file([row(20, '5.00'), pension('NEW', person(3))]), { mode: 'delta' }),
      await receive(source, file(rows().slice(0, 590))),
      await receive(source, file(rows().slice(100, 140)), { mode: 'delta', scope: '520102' }),
      await receive(source, file(rows())),
      await receive(source, file(rows())),
    ]);
    const loads = [];
    for (const id of ids) loads.push((await settled(source, id)).counts);
    expect(loads).toEqual([
      counts({ read: 2, applied: 2, unchanged: 0 }),
      counts({ read: 590, applied: 1, unchanged: 589, withdrawn: 11 }),
      counts({ read: 40, unchanged: 40 }),
      counts({ applied: 10, unchanged: 590 }),
      counts({}),
    ]);
    expect(await recognised(source, ids[3] ?? '')).toBeGreaterThan(ROWS - 60);
    const kept = await stored();
    expect(await afresh(rows())).toEqual(kept);
  });

  it('a load that waits to be confirmed keeps what it holds, whatever comes meanwhile and however old it gets', async () => {
    const waiting = await loadInPieces(source, file(rows().slice(0, 300)));
    expect(waiting.waitingFor).toBe('confirmWithdrawals');
    await again(rows().map((line, n) => (n < 40 ? row(n, '5.00') : line)));
    await source.pool.query("UPDATE load SET stored_at = stored_at - interval '61 months' WHERE stored_at IS NOT NULL");
    expect(await forgetOldVersions(source.pool, 60)).toMatchObject({ versions: 0 });
    await source.app.inject({
      method: 'POST',
      url: `/v1/loads/${waiting.id}/confirm`,
      headers: { authorization: 'Bearer test' },
    });
    const done = await settled(source, waiting.id);
    expect(done).toMatchObject({
      state: 'stored',
      counts: counts({ read: 300, applied: 40, unchanged: 260, withdrawn: 300 }),
    });
    const kept = await stored();
    expect(await afresh(rows().slice(0, 300))).toEqual(kept);
  });

  it('a body that breaks off changes nothing, and the file is recognised when it comes whole', async () => {
    const before = await stored();
    const broken = receive(source, file(rows()), { breaksAt: 20_000 });
    await expect(broken).rejects.toMatchObject({ code: 'BODY_BROKEN_OFF' });
    const left = await source.pool.query("SELECT tablename FROM pg_tables WHERE tablename ~ '^(staged|part)_'");
    expect(left.rows).toEqual([]);
    expect((await again(rows())).recognised).toBeGreaterThan(ROWS - 60);
    expect(await stored()).toEqual(before);
  });

  it('is out of reach of a process that knows nothing of blocks', async () => {
    await whileNothingApplies(source, async () => {
      await receive(source, file(rows()));
      const { rows: tables } = await source.pool.query(
        "SELECT tablename FROM pg_tables WHERE tablename ~ '^staged_row_'",
      );
      expect(tables).toEqual([]);
    });
    await source.allSent();
  });

  it('is right although a process of an earlier version changed a record and left its block', async () => {
    const { rows: blocks } = await source.pool.query<{ copy: string }>(
      "SELECT format('INSERT INTO known_block VALUES (%L, %L, %L, %L, %L, %L)', record_type, scope_prefix, hash, chunk, first_at, rows) AS copy FROM known_block",
    );
    await loadInPieces(source, file([row(300, '5.00')]), { mode: 'delta' });
    await source.pool.query('TRUNCATE known_block');
    for (const { copy } of blocks) await source.pool.query(copy);
    expect(await again(rows())).toEqual({
      counts: counts({ applied: 1, unchanged: ROWS - 1 }),
      recognised: expect.any(Number),
    });
    const kept = await stored();
    expect(await afresh(rows())).toEqual(kept);
  });

  it('is not written when a row that it holds is nowhere: nothing is ever taken for unchanged unseen', async () => {
    await source.pool.query("DELETE FROM record WHERE record_id = 'R0300'");
    const id = await receive(source, file(rows()));
    await source.engine.settled(id, 300);
    expect(await source.getLoad(id)).toMatchObject({ state: 'received' });
  });
});
