/** The topic on which a rotation of the pseudonym key is told is lost while it is under way, with what nobody had heard yet. */
import { RECORD_TYPES, type Report, SOURCES } from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { changingKeys, keyFile, type Mesh, openMesh } from './mesh.js';

const said = (reports: readonly Report[]) =>
  reports.map(({ householdRef, conclusion, tier, findings, annualIncome, persons }) =>
    JSON.stringify([householdRef, conclusion, tier, findings, annualIncome, persons]),
  );
const counted = ({ knownOn: _, ...rates }: Awaited<ReturnType<Mesh['rates']>>) => rates;

describe('a rotation whose topic is lost', () => {
  const pseudonyms = changingKeys({ 1: 11 }, '1');
  const ring = changingKeys({ k1: 33 }, 'k1');
  let mesh: Mesh;
  beforeAll(async () => {
    mesh = await openMesh({ pseudonyms, ring });
    await mesh.loadCity('2026-11-10');
  }, 180_000);
  afterAll(() => mesh.close());

  /** Verification does not get to keep what services tell of some steps: it is on the log alone. */
  async function deafTo(...steps: string[]): Promise<void> {
    await mesh.pools.verification.query(`DROP TRIGGER IF EXISTS deaf ON key_told`);
    if (steps.length === 0) return;
    const list = steps.map((step) => `'${step}'`).join(', ');
    await mesh.pools.verification.query(
      `CREATE OR REPLACE FUNCTION deaf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'deaf'; END $$;
       CREATE TRIGGER deaf BEFORE INSERT OR UPDATE ON key_told FOR EACH ROW WHEN (NEW.step IN (${list})) EXECUTE FUNCTION deaf()`,
    );
  }
  /** How many words of a step lie on the topic. */
  async function words(step: string): Promise<number> {
    const { rows } = await mesh.pools.log.query<{ n: number }>(
      `SELECT count(DISTINCT key)::int AS n FROM log_message m JOIN log_topic t ON t.id = m.topic_id
       WHERE t.name = 'hedui.pseudonyms' AND position(convert_to($1, 'UTF8') IN m.key) > 0`,
      [`:${step}:`],
    );
    return rows[0]?.n ?? 0;
  }
  const stepNow = async () =>
    (await mesh.rotations()).items.find(({ kind, to }) => kind === 'pseudonyms' && to === '2')?.step;
  /** The services end, the topic with everything on it is gone, and they begin again. */
  async function loseTopic(): Promise<void> {
    await mesh.stop();
    await mesh.pools.log.query(
      `DELETE FROM log_message WHERE topic_id = (SELECT id FROM log_topic WHERE name = 'hedui.pseudonyms')`,
    );
    await mesh.pools.log.query(`DELETE FROM log_topic WHERE name = 'hedui.pseudonyms'`);
  }

  it('comes to its end, and changes no report and no rate', async () => {
    const before = await mesh.done(await mesh.submit());
    const rates = counted(await mesh.rates());

    await deafTo('doubled', 'followed', 'cleared');
    pseudonyms.become(keyFile({ 1: 11, 2: 22 }, '2'));
    // The matcher says so of each record type, and each source; then the ledger of all.
    const all = RECORD_TYPES.length + SOURCES.length;
    await eventually(async () => (await words('doubled')) === all, { within: 90_000, what: 'everything is doubled' });
    expect(await stepNow()).toBe('preparing');
    await loseTopic();
    await deafTo('cleared');
    await mesh.start();
    expect(said(await mesh.done(await mesh.submit()))).toEqual(said(before));
    await eventually(async () => (await stepNow()) === 'clearing', { within: 90_000, what: 'it goes on to clearing' });
    await eventually(async () => (await words('cleared')) === all + 1, {
      within: 90_000,
      what: 'everything is cleared',
    });
    expect(await stepNow()).toBe('clearing');
    expect(counted(await mesh.rates())).toEqual(rates);

    await loseTopic();
    await deafTo();
    await mesh.start();
    await eventually(async () => (await stepNow()) === 'done', { within: 90_000, what: 'the rotation is done' });
    expect(said(await mesh.done(await mesh.submit()))).toEqual(said(before));
    expect(counted(await mesh.rates())).toEqual(rates);
    const { rows } = await mesh.pools.reporting.query('SELECT FROM follow');
    expect(rows).toEqual([]);
    const told = await mesh.pools.verification.query(
      `SELECT action FROM audit_entry WHERE action LIKE 'keys.%' AND object_id = '2' ORDER BY seq`,
    );
    expect(told.rows.map(({ action }) => action)).toEqual([
      'keys.begun',
      'keys.followed',
      'keys.told_again',
      'keys.followed',
      'keys.switched',
      'keys.drained',
      'keys.told_again',
      'keys.drained',
      'keys.done',
    ]);
    for (const source of Object.values(mesh.sources)) {
      const { rows } = await source.query(
        `SELECT DISTINCT action FROM audit_entry WHERE action LIKE 'keys.%' AND object_id = '2' ORDER BY action`,
      );
      expect(rows.map(({ action }) => action)).toEqual(['keys.begun', 'keys.done', 'keys.doubled', 'keys.switched']);
    }
  }, 300_000);
});
