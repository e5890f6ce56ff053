import { isSealedText, pack, recordTopic } from '@hedui/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { recordingLog } from './support/recording-log.js';
import { pseudonyms, type SourceUnderTest, startSource, startSourceOn } from './support/source.js';

const topic = recordTopic('social_insurance', 'pension').name;

describe('a record id that names somebody', () => {
  const [a, b] = [person(1), person(2)];
  const passport = 'E12345678';
  let source: SourceUnderTest;
  beforeAll(async () => {
    source = await startSource(socialInsurance);
  });
  afterAll(() => source.close());

  /** The ids of the newest slice of everybody, as they travelled and in clear. */
  const travelled = (from: SourceUnderTest = source) => {
    const newest = new Map(from.log.slices(topic).map((sent) => [sent.person, sent.slice]));
    const ids = [...newest.values()].flatMap((slice) => slice.records.map((record) => String(record[1])));
    return { ids, clear: ids.map((id) => (isSealedText(id) ? pseudonyms.openText(id) : id)) };
  };
  const stored = async (): Promise<string> => {
    const { rows } = await source.pool.query<{ text: string }>(
      'SELECT t::text AS text FROM record t UNION ALL SELECT v::text FROM record_version v UNION ALL SELECT j::text FROM load_reject j',
    );
    return rows.map((row) => row.text).join('\n');
  };

  it('travels sealed, and stands sealed in tables; an ordinary one stays as it is', async () => {
    const of = (id: string) => `${id},passport,${passport},Ann Smith,,2026-05,1.00`;
    await source.load('pension', csv(PENSION, pension(`${a.id}-1`, a), pension('R2', a), pension(a.name, b)));
    await source.load(
      'pension',
      csv(PENSION.replace(',id_number', ',id_type,id_number'), of(`${passport}/1`), of('R9')),
    );
    await source.allSent();
    const { ids, clear } = travelled();
    expect(clear.toSorted()).toEqual([`${a.id}-1`, 'R2', a.name, `${passport}/1`, 'R9'].toSorted());
    expect(ids.filter((id) => !isSealedText(id)).toSorted()).toEqual(['R2', 'R9']);
    const text = await stored();
    for (const needle of [a.id, a.name, Buffer.from(a.id).toString('hex')]) expect(text.includes(needle)).toBe(false);
  });

  it('is the same id when it comes again, in a row of whomever', async () => {
    const again = await source.load('pension', csv(PENSION, pension(`${a.id}-1`, a), pension(a.name, b)));
    expect(again.counts).toMatchObject({ applied: 0, unchanged: 2 });
    const corrected = await source.load(
      'pension',
      csv(PENSION, pension(a.name, b, '2.00'), pension(a.name, b, '3.00')),
    );
    expect(corrected.counts).toMatchObject({ applied: 1, superseded: 1 });
    const { rows } = await source.pool.query('SELECT FROM record');
    expect(rows).toHaveLength(5);
  });

  it('is held by a rejected row, which is told under it in clear', async () => {
    const load = await source.load('pension', csv(PENSION, `${a.id}-1,${a.id},张*,,2026-05,1.00`, pension('R2', a)), {
      mode: 'full',
    });
    expect(load.counts).toMatchObject({ rejected: 1, withdrawn: 3 });
    const { json } = await source.get(`/v1/loads/${load.id}/rejects`);
    expect(json).toMatchObject({ items: [{ ref: `${a.id}-1`, code: 'ID_MASKED' }] });
    expect((await source.get(`/v1/loads/${load.id}/rejects?format=csv`)).text).toContain(`${a.id}-1`);
    expect((await stored()).includes(a.id)).toBe(false);
  });

  it('is sealed in a database from before, and sent again', async () => {
    await source.allSent();
    await source.pool.query("UPDATE record SET record_id = $1, blind = $2 WHERE record_id LIKE '~1.%'", [
      `${a.id}-1`,
      pack([`${a.id}-1`, 24_316, 10_000]),
    ]);
    await source.pool.query('UPDATE source_state SET ids_sealed = false');
    const restarted = await startSourceOn(socialInsurance, recordingLog(), {}, source.database);
    await restarted.allSent();
    expect(travelled(restarted).clear).toContain(`${a.id}-1`);
    expect((await stored()).includes(a.id)).toBe(false);
    await restarted.app.close();
    await restarted.pool.end();
  });
});
