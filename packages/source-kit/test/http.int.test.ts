import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import type { CorrelationId, Load, LoadId, Problem } from '@hedui/contracts';
import { parseDay, rejectsPageSchema } from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { newKey, type SourceUnderTest, startSource } from './support/source.js';

describe('the calls of a source', () => {
  let source: SourceUnderTest;
  beforeAll(async () => {
    source = await startSource(socialInsurance);
  });
  afterAll(() => source.close());

  const base = '/v1/sources/social_insurance/pension/loads';
  async function code(url: string, body: string | Buffer = csv(PENSION), contentType = 'text/csv') {
    const headers = { authorization: 'Bearer x', 'content-type': contentType };
    const answer = await source.app.inject({ method: 'POST', url, headers, payload: body });
    return `${answer.statusCode} ${(answer.json() as Problem).code ?? ''}`;
  }
  async function nothingLeft(): Promise<void> {
    const left = await source.pool.query(
      `SELECT (SELECT count(*) FROM pg_tables WHERE tablename LIKE 'staged%') + (SELECT count(*) FROM load_reject)
         + (SELECT count(*) FROM evidence_chunk) + (SELECT count(*) FROM load) + (SELECT count(*) FROM person_name) AS n`,
    );
    expect(left.rows[0]?.n).toBe('0');
  }

  it('refuse what cannot be a load, and change nothing', async () => {
    const query = 'scope=520100&asOf=2026-10-01';
    expect(await code(`${base}?asOf=2026-10-01`)).toBe('400 SCOPE_MISSING');
    expect(await code(`${base}?scope=5201&asOf=2026-10-01`)).toBe('400 SCOPE_INVALID');
    expect(await code(`${base}?scope=520100`)).toBe('400 AS_OF_INVALID');
    expect(await code(`${base}?scope=520100&asOf=2026-02-30`)).toBe('400 AS_OF_INVALID');
    expect(await code(`${base}?${query}&mode=partial`)).toBe('400 BODY_INVALID');
    expect(await code(`${base}?${query}`, '')).toBe('400 FILE_EMPTY');
    expect(await code(`${base}?${query}`, 'record_id,name\nA,B\n')).toBe('400 HEADER_UNUSABLE');
    expect(await code(`${base}?${query}`, Buffer.from([0xff, 0xfe, 0x41, 0x00]))).toBe('400 ENCODING_INVALID');
    expect(await code(`${base}?${query}`, '{}', 'application/pdf')).toBe('415 MEDIA_TYPE_UNSUPPORTED');
    expect(await code(`/v1/sources/social_insurance/sickness/loads?${query}`)).toBe('404 SOURCE_UNKNOWN');
    expect(await code(`/v1/sources/tax/income/loads?${query}`)).toBe('404 SOURCE_UNKNOWN');
    expect((await source.get('/v1/loads/social_insurance-none')).status).toBe(404);
    await nothingLeft();
  });

  it('change nothing when the body breaks off', async () => {
    await source.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = source.app.server.address() as AddressInfo;
    const rows = Array.from({ length: 5000 }, (_, i) => pension(`R${i}`, person(i), i % 7 === 0 ? 'x' : '1.00'));
    const half = csv(PENSION, ...rows);
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST ${base}?scope=520100&asOf=2026-10-01&mode=full HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\r\n` +
        `content-type: text/csv\r\ncontent-length: ${Buffer.byteLength(half) * 2}\r\n\r\n${half}`,
    );
    await eventually(async () => {
      const { rows: staged } = await source.pool.query("SELECT 1 FROM load WHERE state = 'receiving'");
      return staged.length > 0;
    });
    socket.destroy();
    await eventually(async () => {
      await nothingLeft();
      return true;
    });
  });

  it('take a header without rows', async () => {
    const load = await source.load('pension', csv(PENSION), { mode: 'full' });
    expect(load).toMatchObject({ state: 'stored', counts: { read: 0, applied: 0, withdrawn: 0 } });
  });

  it('list what was rejected, page by page and as CSV, without saying who', async () => {
    const bad = [
      `B1,${person(1).id.slice(0, 17)}?,${person(1).name},,2026-13,5`,
      `,${person(2).id},"=样""本",,2026-05,1`,
    ];
    const load = await source.load(
      'pension',
      csv(PENSION, pension('A', person(3)), ...bad, `C,5.2E+17,张*,,2026-05,1e5`),
    );
    expect(load.counts).toMatchObject({ read: 4, applied: 1, rejected: 3 });
    const first = rejectsPageSchema.parse((await source.get(`/v1/loads/${load.id}/rejects?limit=3`)).json);
    expect(first.items.map((r) => [r.line, r.ref, r.column, r.code])).toEqual([
      [3, 'B1', 'id_number', 'ID_INVALID'],
      [3, 'B1', 'month', 'VALUE_INVALID'],
      [4, null, 'record_id', 'COLUMN_MISSING'],
    ]);
    const rest = await source.get(`/v1/loads/${load.id}/rejects?limit=3&cursor=${first.next ?? ''}`);
    const second = rejectsPageSchema.parse(rest.json);
    expect(second.items.map((r) => [r.line, r.ref, r.column, r.code])).toEqual([
      [5, 'C', 'id_number', 'EXCEL_DAMAGED'],
      [5, 'C', 'name', 'ID_MASKED'],
      [5, 'C', 'amount', 'EXCEL_DAMAGED'],
    ]);
    expect(second.next).toBeNull();
    const byAccept = await source.get(`/v1/loads/${load.id}/rejects`, { accept: 'text/csv' });
    const byFormat = await source.get(`/v1/loads/${load.id}/rejects?format=csv`);
    expect(byFormat.text).toBe(byAccept.text);
    expect(byAccept.text.split('\n')[0]).toBe('line,ref,column,code,rule');
    expect(byAccept.text.split('\n')).toHaveLength(8);
    expect(byAccept.text).not.toMatch(/样|张|\d{15}/);
    expect((await source.get(`/v1/loads/${load.id}/rejects?cursor=x`)).status).toBe(400);
  });

  it('take one JSON object a line, with the names in camelCase', async () => {
    const row = { recordId: 'N1', idNumber: person(5).id, name: person(5).name, month: '2026-05', amount: '3.00' };
    const lines = [row, { ...row, recordId: 'N2', amount: '-3' }, { ...row, recordId: 'N\u0000' }];
    const body = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
    const load = await source.load('pension', body, { contentType: 'application/x-ndjson' });
    expect(load.counts).toMatchObject({ read: 3, applied: 1, rejected: 2 });
  });

  it('give the same answer to the same Idempotency-Key, and load once', async () => {
    const idempotencyKey = newKey();
    const body = csv(PENSION, pension('I', person(6)));
    const first = await source.post('pension', body, { idempotencyKey });
    const again = await source.post('pension', body, { idempotencyKey });
    expect((again.json as Load).id).toBe((first.json as Load).id);
    // As if the process had died between the commit and the answer.
    await source.pool.query(
      `UPDATE idempotency_key SET holder = gen_random_uuid(), lease_until = now() - interval '1 hour',
         finished_at = NULL, fingerprint = NULL, status = NULL, body = NULL WHERE key = $1`,
      [idempotencyKey],
    );
    const afterDeath = await source.post('pension', body, { idempotencyKey });
    expect((afterDeath.json as Load).id).toBe((first.json as Load).id);
    const other = await source.post('pension', csv(PENSION, pension('J', person(6))), { idempotencyKey });
    expect(other).toMatchObject({ status: 422, json: { code: 'IDEMPOTENCY_MISMATCH' } });
  });

  it('take nothing in when its entry in the audit log cannot be written, and tell of each file once', async () => {
    const loads = async () => (await source.pool.query('SELECT FROM load')).rowCount;
    const before = await loads();
    const file = csv(PENSION, pension('R1', person(1)));
    const idempotencyKey = newKey();
    await source.pool.query('ALTER FUNCTION audit_append(text) RENAME TO audit_append_away');
    const refused = await source
      .post('pension', file, { idempotencyKey })
      .finally(() => source.pool.query('ALTER FUNCTION audit_append_away(text) RENAME TO audit_append'));
    expect(refused.status).toBe(500);
    expect(await loads()).toBe(before);
    const first = await source.post('pension', file, { idempotencyKey });
    const again = await source.post('pension', file, { idempotencyKey });
    expect([first.status, again.status, again.json]).toEqual([202, 202, first.json]);
    const { rows } = await source.pool.query(
      "SELECT body FROM audit_entry WHERE action = 'load.submit' AND object_id = $1",
      [(first.json as Load).id],
    );
    expect(rows).toHaveLength(1);
    expect(JSON.parse(rows[0]?.body)).toMatchObject({
      entry: { actor: { subject: 'tester' }, details: { scope: '520100' } },
    });
  });

  it('refuse to confirm what does not wait', async () => {
    const load = await source.load('pension', csv(PENSION));
    const url = `/v1/loads/${load.id}/confirm`;
    const answer = await source.app.inject({ method: 'POST', url, headers: { authorization: 'Bearer x' } });
    expect(answer.json()).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  });

  it('remove a load whose process died while its body was coming', async () => {
    const { rows } = await source.pool.query<{ no: string }>(
      `INSERT INTO load (id, record_type, scope, scope_prefix, as_of, mode, allow_older, confirmed, correlation_id, touched_at)
       VALUES ('social_insurance-gone', 1, '520100', '5201', 0, 'delta', false, false, 'c', now() - interval '2 hours') RETURNING no`,
    );
    expect((await source.get('/v1/loads/social_insurance-gone')).status).toBe(404);
    await source.engine.sweep();
    const left = await source.pool.query('SELECT 1 FROM load WHERE no = $1', [rows[0]?.no]);
    expect(left.rowCount).toBe(0);
  });

  it('keep a load whose commit succeeded though the answer to it was lost', async () => {
    const [type] = socialInsurance.recordTypes;
    const asOf = parseDay('2026-10-01');
    if (!type || asOf === null) throw new Error('the source has no types');
    const seen: LoadId[] = [];
    const receiving = source.engine.receive({
      type,
      request: { scope: '520100', asOf, mode: 'delta', allowOlder: false, confirmWithdrawals: false },
      format: 'csv',
      body: Readable.from([Buffer.from(csv(PENSION, pension('L1', person(8)), 'L2,bad,,,,'))]),
      correlationId: 'c' as CorrelationId,
      async note(client, id) {
        seen.push(id);
        await client.query('COMMIT');
        throw new Error('the connection was lost');
      },
    });
    await expect(receiving).rejects.toThrow();
    const load = await eventually(async () => {
      const now = await source.getLoad(seen[0] ?? '');
      return now.state !== 'received' ? now : null;
    });
    expect(load).toMatchObject({ state: 'stored', counts: { read: 2, applied: 1, rejected: 1 } });
    const rejects = rejectsPageSchema.parse((await source.get(`/v1/loads/${load.id}/rejects`)).json);
    expect(rejects.items.length).toBeGreaterThan(0);
  });
});
