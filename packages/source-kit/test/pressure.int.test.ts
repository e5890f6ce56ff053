import { randomUUID } from 'node:crypto';
import type { Load } from '@hedui/contracts';
import { createPool } from '@hedui/postgres';
import { eventually, layWire, testDatabase, type Wire } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { recordingLog } from './support/recording-log.js';
import { logger, type SourceUnderTest, startSourceOn } from './support/source.js';

describe('a source whose store is away or full', () => {
  let source: SourceUnderTest;
  let wire: Wire;
  let address: string;
  beforeAll(async () => {
    const database = await testDatabase('source');
    address = database.url;
    wire = await layWire(address);
    source = await startSourceOn(socialInsurance, recordingLog(), {}, { ...database, url: wire.url });
  });
  afterAll(async () => {
    await wire.mend();
    await source.close();
    await wire.close();
  });

  const file = csv(PENSION, pension('R1', person(1)));
  const idempotencyKey = randomUUID();
  const refused = (json: unknown) => expect(json).toMatchObject({ status: 503, code: 'STORAGE_UNAVAILABLE' });
  /** Past the wire. */
  async function loads(): Promise<number> {
    const pool = createPool({ url: address, name: 'look', max: 1, logger });
    try {
      const { rows } = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM load');
      return rows[0]?.n ?? -1;
    } finally {
      await pool.end();
    }
  }

  it('refuses a load while the database is away, and takes the same load when it is back', async () => {
    await wire.cut();
    const away = await source.post('pension', file, { idempotencyKey });
    expect(away.status).toBe(503);
    refused(away.json);
    expect((await source.get('/live')).status).toBe(200);
    expect((await source.get('/ready')).json).toMatchObject({ parts: { database: false } });
    expect(await loads()).toBe(0);
    await wire.mend();
    await eventually(async () => (await source.get('/ready')).status === 200, { what: 'ready again' });
    const back = await source.post('pension', file, { idempotencyKey });
    expect(back.status).toBe(202);
    const applied = async () => (await source.getLoad((back.json as Load).id)).state !== 'received';
    await eventually(applied, { what: 'the load is stored' });
    expect(await loads()).toBe(1);
    await source.allSent();
  }, 60_000);

  it('refuses a load that the disk has no room for, and leaves nothing of it', async () => {
    const before = await loads();
    await source.pool.query(
      `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
    );
    await source.pool.query('CREATE TRIGGER full_disk BEFORE INSERT ON evidence_chunk EXECUTE FUNCTION full_disk()');
    try {
      const full = await source.post('pension', csv(PENSION, pension('R2', person(2))));
      expect(full.status).toBe(503);
      refused(full.json);
      await eventually(async () => (await loads()) === before, { what: 'nothing is left' });
    } finally {
      await source.pool.query('DROP FUNCTION full_disk CASCADE');
    }
    expect((await source.load('pension', csv(PENSION, pension('R2', person(2))))).counts.applied).toBe(1);
  }, 60_000);
});
