import path from 'node:path';
import { recordTopic } from '@hedui/contracts';
import { createPool, migrate } from '@hedui/postgres';
import { testDatabase, withEarlierSchema } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { recordingLog } from './support/recording-log.js';
import { logger, type SourceUnderTest, startSource, startSourceOn } from './support/source.js';

const MIGRATIONS = path.join(__dirname, '../migrations');
const topic = recordTopic('social_insurance', 'pension').name;
const people = [person(1), person(2), person(3)] as const;
const [a, b, c] = people;

describe('a source that an earlier version has kept', () => {
  let before: SourceUnderTest;
  beforeAll(async () => {
    before = await startSource(socialInsurance);
    await before.load('pension', csv(PENSION, pension('R1', a), pension('R2', b)), { mode: 'full' });
    await before.allSent();
    await before.load('pension', csv(PENSION, pension('R2', b, '250.00')));
    await before.allSent();
  });
  afterAll(() => before.close());

  it.each([1, 2])('goes on with the data of version %i', async (upTo) => {
    const database = await testDatabase('source');
    const pool = createPool({ url: database.url, name: 'test', max: 2, logger });
    const counts = await withEarlierSchema({
      ...{ from: before.database.url, to: database.url, migrations: MIGRATIONS, upTo },
      migrate: (directory) => migrate(pool, directory),
    });
    // Somebody waited to be sent when the earlier version stopped.
    await pool.query(
      `INSERT INTO slice_pending (record_type, person_key, since, counter)
       SELECT record_type, person_key, 0, load_seq FROM record WHERE record_id = 'R1'`,
    );
    await pool.query('UPDATE load SET sent_at = NULL WHERE seq = 1');
    await pool.end();
    expect(counts).toMatchObject({ load: 2, record: 2, record_version: 1, person_name: 2 });

    const source = await startSourceOn(socialInsurance, recordingLog(), {}, database);
    try {
      await source.allSent();
      expect(source.log.slices(topic).length).toBeGreaterThan(0);
      const again = await source.load('pension', csv(PENSION, pension('R1', a), pension('R2', b, '250.00')));
      expect(again.counts).toMatchObject({ applied: 0, unchanged: 2, rejected: 0 });
      const next = await source.load('pension', csv(PENSION, pension('R2', b, '300.00'), pension('R3', c)));
      expect(next.counts).toMatchObject({ applied: 2, unchanged: 0 });
      await source.allSent();
      const newest = new Map(source.log.slices(topic).map((sent) => [sent.person, sent.slice]));
      expect([...newest.values()].flatMap(({ records }) => records.map((record) => record[1])).toSorted()).toEqual(
        expect.arrayContaining(['R2', 'R3']),
      );
    } finally {
      await source.close();
    }
  });
});
