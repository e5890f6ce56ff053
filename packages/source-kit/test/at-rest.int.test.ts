import { parseMonth } from '@hedui/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRecord } from '../src/db/evidence.js';
import { csv, GUARDIANSHIP, guardianship, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { type SourceUnderTest, sealer, startSource } from './support/source.js';

describe('what a source keeps', () => {
  const [a, b, c] = [person(1), person(2), person(3)];
  let source: SourceUnderTest;
  beforeAll(async () => {
    source = await startSource(socialInsurance);
    await source.load('pension', csv(PENSION, pension('R1', a, '1.00'), pension('R2', b)));
    await source.load('pension', csv(PENSION, pension('R1', a, '2.00'), `R3,${c.id},张*,,2026-01,1.00`));
    await source.load('guardianship', csv(GUARDIANSHIP, guardianship('G1', a, c)));
    await source.allSent();
  });
  afterAll(() => source.close());

  const open = (type: number, id: string, seq?: number) => {
    const recordType = socialInsurance.recordTypes[type];
    if (!recordType) throw new Error('no such record type');
    return openRecord(source.pool, sealer, recordType, type + 1, id, seq ?? null);
  };

  it('names nobody in its tables, and no account', async () => {
    const { rows: tables } = await source.pool.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    );
    const secrets = [a, b, c].flatMap((p) => [p.id, p.name]).concat('A-R1', 'A-R2');
    const needles = secrets.flatMap((s) => [s, Buffer.from(s).toString('hex')]);
    for (const { name } of tables) {
      const { rows } = await source.pool.query<{ text: string }>(`SELECT t::text AS text FROM "${name}" t`);
      const text = rows.map((row) => row.text).join('\n');
      for (const needle of needles) expect({ name, holds: text.includes(needle) }).toEqual({ name, holds: false });
    }
  });

  it('opens for somebody who is entitled, as it is and as it was', async () => {
    const now = await open(0, 'R1');
    expect(now).toEqual({
      person: { idType: 'resident_id', idNumber: a.id, name: a.name },
      other: null,
      cells: { account_no: 'A-R1', month: parseMonth('2026-05'), amount: 200 },
      changedSince: false,
    });
    expect((await open(0, 'R1', 1))?.cells.amount).toBe(100);
    expect((await open(0, 'R1', 2))?.cells.amount).toBe(200);
    expect((await open(0, 'R1', 1))?.changedSince).toBe(true);
    // A report may have met the first load before it was complete.
    expect((await open(0, 'R1', 0))?.cells.amount).toBe(100);
    expect(await open(0, 'R3')).toBeNull();
    expect((await open(1, 'G1'))?.other).toEqual({ idType: 'resident_id', idNumber: c.id, name: c.name });
  });

  it('does not open in another place', async () => {
    await source.pool.query('UPDATE evidence_chunk SET id = id + 1000000');
    await source.pool.query('UPDATE record SET chunk = chunk + 1000000');
    await expect(open(0, 'R1')).rejects.toMatchObject({ code: 'SEAL_BROKEN' });
    await source.pool.query('UPDATE evidence_chunk SET id = id - 1000000');
    await source.pool.query('UPDATE record SET chunk = chunk - 1000000');
  });
});
