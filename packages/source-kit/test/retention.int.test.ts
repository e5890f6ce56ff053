import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRecord } from '../src/db/evidence.js';
import { forgetOldVersions } from '../src/db/retention.js';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { type SourceUnderTest, sealer, startSource } from './support/source.js';

describe('what records said before', () => {
  const [a, b] = [person(1), person(2)];
  const [type] = socialInsurance.recordTypes;
  if (!type) throw new Error('the definition has a record type');
  let source: SourceUnderTest;
  beforeAll(async () => {
    source = await startSource(socialInsurance);
  });
  afterAll(() => source.close());

  const counts = async () => {
    const { rows } = await source.pool.query<{ versions: number; chunks: number; names: number }>(
      `SELECT (SELECT count(*) FROM record_version)::int AS versions, (SELECT count(*) FROM evidence_chunk)::int AS chunks,
         (SELECT count(*) FROM person_name)::int AS names`,
    );
    return rows[0];
  };

  it('is forgotten when retention ends, with the names that nothing points to; the rest stays and opens', async () => {
    await source.load('pension', csv(PENSION, pension('R1', a, '1.00'), pension('R2', a)));
    await source.load('pension', csv(PENSION, pension('R3', b)));
    await source.load('pension', csv(PENSION, pension('R1', a, '2.00')));
    await source.load('pension', csv(PENSION, pension('R3', a)));
    await source.allSent();
    const before = await counts();
    expect(before).toEqual({ versions: 2, chunks: 4, names: 2 });
    expect(await forgetOldVersions(source.pool, 60)).toEqual({ versions: 0, chunks: 0, names: 0 });
    await source.pool.query("UPDATE load SET stored_at = stored_at - interval '61 months' WHERE seq < 4");
    // What load 3 replaced is old; its chunk holds R2 too, which is current.
    expect(await forgetOldVersions(source.pool, 60)).toEqual({ versions: 1, chunks: 0, names: 0 });
    await source.pool.query("UPDATE load SET stored_at = stored_at - interval '61 months' WHERE seq = 4");
    expect(await forgetOldVersions(source.pool, 60)).toEqual({ versions: 1, chunks: 1, names: 1 });
    for (const [id, amount] of [
      ['R1', 200],
      ['R2', 10_000],
      ['R3', 10_000],
    ] as const) {
      const opened = await openRecord(source.pool, sealer, type, 1, id);
      expect({ id, amount: opened?.cells.amount, number: opened?.person.idNumber }).toEqual({
        id,
        amount,
        number: a.id,
      });
    }
  });
});
