import { isSealedText } from '@hedui/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { csv, GUARDIANSHIP, guardianship, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { type LoadOptions, pseudonyms, type SourceUnderTest, startSource } from './support/source.js';

const keyOf = (n: number) => pseudonyms.person({ type: 'resident_id', number: person(n).id });
const topic = 'hedui.source.social_insurance.pension';

describe('a load takes effect', () => {
  let source: SourceUnderTest;
  beforeAll(async () => {
    source = await startSource(socialInsurance);
  });
  afterEach(async () => {
    await source.allSent();
    await source.pool.query(
      'TRUNCATE load, load_reject, record, record_version, slice_pending, evidence_chunk, known_block',
    );
    source.log.sent.length = 0;
  });
  afterAll(() => source.close());

  const load = (file: string, options: LoadOptions = {}) => source.load('pension', file, options);
  const file = (...rows: string[]) => csv(PENSION, ...rows);
  async function records(): Promise<Record<string, string>> {
    const { rows } = await source.pool.query<{ record_id: string; scope_prefix: string }>(
      'SELECT record_id, scope_prefix FROM record ORDER BY record_id',
    );
    return Object.fromEntries(rows.map((row) => [row.record_id, row.scope_prefix]));
  }
  /** Who got a slice since the last time, with the ids of their records. */
  async function slices(from = topic): Promise<Record<string, unknown[]>> {
    await source.allSent();
    const sent = source.log.slices(from).map((s) => [s.person, s.slice.records.map((r) => r[1])]);
    source.log.sent.length = 0;
    return Object.fromEntries(sent);
  }

  it('delta: adds and replaces, and leaves the rest', async () => {
    await load(file(pension('A', person(1)), pension('B', person(2))), { mode: 'full' });
    await slices();
    const { counts } = await load(file(pension('B', person(2), '7.00'), pension('C', person(3))));
    expect(counts).toEqual({ read: 2, applied: 2, unchanged: 0, withdrawn: 0, rejected: 0, superseded: 0 });
    expect(Object.keys(await records())).toEqual(['A', 'B', 'C']);
    expect(await slices()).toEqual({ [keyOf(2)]: ['B'], [keyOf(3)]: ['C'] });
  });

  it('full: withdraws what its scope holds and the file does not', async () => {
    await load(file(pension('A', person(1)), pension('B', person(2))));
    await slices();
    const { counts } = await load(file(pension('B', person(2))), { mode: 'full' });
    expect(counts).toMatchObject({ applied: 0, unchanged: 1, withdrawn: 1 });
    expect(Object.keys(await records())).toEqual(['B']);
    expect(await slices()).toEqual({ [keyOf(1)]: [] });
  });

  it('full of a county withdraws nothing that a load of the city, the province or another county wrote', async () => {
    await load(file(pension('P', person(1))), { scope: '520000' });
    await load(file(pension('C', person(2))), { scope: '520100' });
    await load(file(pension('O', person(3))), { scope: '520103' });
    await load(file(pension('T', person(4))), { scope: '520102001' });
    await load(file(pension('X', person(5))), { scope: '520102' });
    await load(file(), { scope: '520102', mode: 'full' });
    expect(await records()).toEqual({ C: '5201', O: '520103', P: '52' });
  });

  it('full of the province withdraws what narrower loads wrote', async () => {
    await load(file(pension('C', person(2))), { scope: '520100' });
    await load(file(pension('T', person(4))), { scope: '520102001' });
    await load(file(pension('S', person(4))), { scope: '530100' });
    await load(file(), { scope: '520000', mode: 'full' });
    expect(await records()).toEqual({ S: '5301' });
  });

  it('an unchanged row counts as written: its scope becomes that of the load, and nobody is touched', async () => {
    await load(file(pension('A', person(1))), { scope: '520100' });
    await slices();
    const { counts } = await load(file(pension('A', person(1))), { scope: '520102' });
    expect(counts).toMatchObject({ applied: 0, unchanged: 1 });
    expect(await records()).toEqual({ A: '520102' });
    expect(await slices()).toEqual({});
    await load(file(), { scope: '520102', mode: 'full' });
    expect(await records()).toEqual({});
  });

  it('a rejected row with a readable record id holds its record as it was', async () => {
    await load(file(pension('A', person(1)), pension('B', person(2)), pension('C', person(3))));
    const faulty = pension('A', person(1), '-5.00');
    const { counts } = await load(file(faulty, pension('B', person(2))), { mode: 'full' });
    expect(counts).toMatchObject({ read: 2, unchanged: 1, rejected: 1, withdrawn: 1 });
    expect(await records()).toEqual({ A: '5201', B: '5201' });
  });

  it('a good row stands although a rejected row of its record id comes later', async () => {
    await load(file(pension('A', person(1))));
    await slices();
    await load(file(pension('A', person(1), '9.00'), pension('A', person(1), 'nine')), { mode: 'full' });
    expect(Object.keys(await records())).toEqual(['A']);
    expect(await slices()).toEqual({ [keyOf(1)]: ['A'] });
  });

  it('the later row of a record id wins, and the earlier one is counted', async () => {
    const { counts } = await load(file(pension('A', person(1), '1.00'), pension('A', person(2), '2.00')));
    expect(counts).toEqual({ read: 2, applied: 1, unchanged: 0, withdrawn: 0, rejected: 0, superseded: 1 });
    expect(await slices()).toEqual({ [keyOf(2)]: ['A'] });
  });

  it('the newest file once more changes nothing and still sends its markers', async () => {
    const same = file(pension('A', person(1)), pension('B', person(2)));
    await load(same, { mode: 'full' });
    await source.allSent();
    source.log.sent.length = 0;
    const { counts } = await load(same, { mode: 'full' });
    expect(counts).toMatchObject({ applied: 0, unchanged: 2, withdrawn: 0 });
    await source.allSent();
    expect(source.log.markers(topic, 'load.complete')).toHaveLength(8);
    expect(await slices()).toEqual({});
  });

  it('another spelling of number, name and amount is no change', async () => {
    await load(file(`A,52000019780715008X,阿依·堃,,2026-05,1.50`));
    const again = await load(file(`Ａ,５２００００１９７８０７１５００８ｘ, 阿依 • 堃 ,,2026-05,'1.5`));
    expect(again.counts).toMatchObject({ applied: 0, unchanged: 1 });
  });

  it('a record that moves to another person changes the slices of both', async () => {
    await load(file(pension('A', person(1))));
    await slices();
    await load(file(pension('A', person(2))));
    expect(await slices()).toEqual({ [keyOf(1)]: [], [keyOf(2)]: ['A'] });
  });

  it('a row of two persons stands in the slices of both, each under the own name and with the other one', async () => {
    const since = ['2020-01-01', '2019-06-01', '2020-01-01'];
    const [a, b, c] = [person(1), person(2), person(3)];
    // U+FF21 stands before U+10000 by code point and after it by UTF-16 unit; both stand after ASCII.
    const ids = ['G\u{10000}', 'Z', 'G\uFA0E'];
    const rows = ids.map((id, i) => guardianship(id, a, i === 1 ? c : b, since[i]));
    await source.load('guardianship', csv(GUARDIANSHIP, ...rows));
    await source.allSent();
    const sent = source.log.slices('hedui.source.social_insurance.guardianship');
    const ofA = sent.find((s) => s.person === keyOf(1))?.slice;
    expect(ofA?.names).toEqual([pseudonyms.name(a.name)]);
    const sentIds = ofA?.records.map((r) => String(r[1])) ?? [];
    expect(sentIds.map((id) => (isSealedText(id) ? pseudonyms.openText(id) : id))).toEqual([
      'Z',
      'G\uFA0E',
      'G\u{10000}',
    ]);
    expect(ofA?.records.map((r) => Buffer.from(r[3] as Uint8Array).toString('hex'))).toEqual([
      keyOf(3),
      keyOf(2),
      keyOf(2),
    ]);
    const ofC = sent.find((s) => s.person === keyOf(3))?.slice;
    expect(ofC?.names).toEqual([pseudonyms.name(c.name)]);
    expect(ofC?.records.map((r) => Buffer.from(r[3] as Uint8Array).toString('hex'))).toEqual([keyOf(1)]);
    source.log.sent.length = 0;

    await source.load('guardianship', csv(GUARDIANSHIP), { mode: 'full' });
    const after = await slices('hedui.source.social_insurance.guardianship');
    expect(after).toEqual({ [keyOf(1)]: [], [keyOf(2)]: [], [keyOf(3)]: [] });
  });

  it('records under different names of one person keep their names apart', async () => {
    const other = { ...person(1), name: '另外' };
    await load(file(pension('A', person(1)), pension('B', other)));
    await source.allSent();
    const [sent] = source.log.slices(topic);
    expect(sent?.slice.names).toEqual([pseudonyms.name(person(1).name), pseudonyms.name('另外')]);
    expect(sent?.slice.records.map((r) => [r[0], r[1]])).toEqual([
      [0, 'A'],
      [1, 'B'],
    ]);
  });

  it('an as-of date before that of the last completed load is refused, unless the caller insists', async () => {
    await load(file(pension('A', person(1))), { asOf: '2026-10-10' });
    const refused = await source.post('pension', file(pension('B', person(2))), { asOf: '2026-10-09' });
    expect(refused).toMatchObject({ status: 409, json: { code: 'AS_OF_BACKWARDS' } });
    await load(file(pension('C', person(2))), { asOf: '2026-10-09', scope: '520102' });
    await load(file(pension('B', person(2))), { asOf: '2026-10-10' });
    await load(file(pension('D', person(2))), { asOf: '2026-10-09', allowOlder: true });
    // The last completed one counts, not the newest date.
    await load(file(pension('E', person(2))), { asOf: '2026-10-09' });
    expect(Object.keys(await records())).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('many withdrawals wait for a confirmation while later loads go on', async () => {
    const rows = Array.from({ length: 505 }, (_, i) => pension(`R${i}`, person(i)));
    await load(file(...rows), { mode: 'full' });
    const fewer = file(...rows.slice(0, 403));
    const waiting = await load(fewer, { mode: 'full' });
    expect(waiting).toMatchObject({ state: 'received', waitingFor: 'confirmWithdrawals' });
    await load(file(pension('NEW', person(1000))));
    expect(Object.keys(await records())).toHaveLength(506);

    const confirm = () =>
      source.app.inject({
        method: 'POST',
        url: `/v1/loads/${waiting.id}/confirm`,
        headers: { authorization: 'Bearer x' },
      });
    const confirmed = await confirm();
    expect(confirmed.statusCode).toBe(202);
    expect(confirmed.json()).toMatchObject({
      state: 'stored',
      waitingFor: null,
      counts: { withdrawn: 103, unchanged: 403 },
    });
    expect(Object.keys(await records())).toHaveLength(403);
    expect((await confirm()).statusCode).toBe(202);
    const entries = await source.pool.query(
      "SELECT FROM audit_entry WHERE action = 'load.confirm' AND object_id = $1",
      [waiting.id],
    );
    expect(entries.rowCount).toBe(1);
  });

  it('confirmed beforehand, it does not wait; and a load that was overtaken by a newer one is refused', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => pension(`R${i}`, person(i)));
    await load(file(...rows), { mode: 'full', asOf: '2026-10-01' });
    const waiting = await load(file(), { mode: 'full', asOf: '2026-10-02' });
    await load(file(rows[0] ?? ''), { asOf: '2026-10-03' });
    const url = `/v1/loads/${waiting.id}/confirm`;
    const confirmed = await source.app.inject({ method: 'POST', url, headers: { authorization: 'Bearer x' } });
    expect(confirmed.json()).toMatchObject({ state: 'refused', refusal: { code: 'AS_OF_BACKWARDS' } });
    expect(Object.keys(await records())).toHaveLength(200);
    const done = await load(file(), { mode: 'full', asOf: '2026-10-03', confirmWithdrawals: true });
    expect(done).toMatchObject({ state: 'stored', counts: { withdrawn: 200 } });
  });

  it('exactly the share, or exactly the number, does not wait', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => pension(`R${i}`, person(i)));
    await load(file(...rows), { mode: 'full' });
    // 100 of 500: both limits are met, neither is passed.
    expect(await load(file(...rows.slice(0, 400)), { mode: 'full' })).toMatchObject({ counts: { withdrawn: 100 } });
    await load(file(...rows), { mode: 'full', scope: '530100' });
    const few = Array.from({ length: 100 }, (_, i) => pension(`S${i}`, person(i)));
    await load(file(...few), { scope: '540100' });
    expect(await load(file(), { mode: 'full', scope: '540100' })).toMatchObject({ counts: { withdrawn: 100 } });
  });

  it('what a record said before is kept with the loads between which it stood', async () => {
    await load(file(pension('A', person(1), '1.00')));
    await load(file(pension('A', person(1), '2.00')));
    await load(file(), { mode: 'full' });
    const { rows } = await source.pool.query<{ load_seq: string; until_seq: string }>(
      'SELECT load_seq, until_seq FROM record_version ORDER BY until_seq',
    );
    expect(rows.map((r) => Number(r.until_seq) - Number(r.load_seq))).toEqual([1, 1]);
    expect(rows).toHaveLength(2);
  });
});
