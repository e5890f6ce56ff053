import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Batch, batchSchema, type Load, type Problem, problemSchema } from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allRejects } from './city.js';
import { type Mesh, SAMPLE, startMesh } from './mesh.js';

const HEADER =
  'household_ref,programme,verification_type,region,area,relation,id_number,name,authorisation_no,authorised_on\n';

describe('bad input gets the error that its user needs, and what was accepted stays', () => {
  let mesh: Mesh;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hedui-bad-'));
    mesh = await startMesh({ log: 'postgres' });
    expect((await mesh.hedui('policy', 'publish', path.join(SAMPLE, 'policy.yaml'))).status).toBe(0);
  }, 120_000);
  afterAll(async () => {
    await mesh?.remove();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const csv = (target: string, body: string, headers: Record<string, string> = {}) =>
    mesh.fetch(target, { method: 'POST', body, headers: { 'content-type': 'text/csv', ...headers } });
  const problem = async (answer: Response): Promise<Problem> => {
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    return problemSchema.parse(await answer.json());
  };
  const income = (query: string) => `/v1/sources/tax/income/loads${query}`;
  const full = '?scope=520100&asOf=2026-11-10&mode=full';

  it('names the missing columns of an unusable header', async () => {
    const found = await problem(await csv(income(full), 'a,b,c\n1,2,3\n'));
    expect(found).toMatchObject({ status: 400, code: 'HEADER_UNUSABLE' });
    expect(found.errors?.map((e) => e.column)).toContain('record_id');
  });

  it.each([
    ['an unknown source', '/v1/sources/weather/income/loads?scope=520100&asOf=2026-11-10', 404, 'SOURCE_UNKNOWN'],
    ['an unknown record type', '/v1/sources/tax/rain/loads?scope=520100&asOf=2026-11-10', 404, 'SOURCE_UNKNOWN'],
    ['a load without scope', '/v1/sources/tax/income/loads?asOf=2026-11-10', 400, 'SCOPE_MISSING'],
    ['a scope that is no region', '/v1/sources/tax/income/loads?scope=52&asOf=2026-11-10', 400, 'SCOPE_INVALID'],
    ['a load without a date', '/v1/sources/tax/income/loads?scope=520100', 400, 'AS_OF_INVALID'],
    ['a date that does not exist', '/v1/sources/tax/income/loads?scope=520100&asOf=2026-02-30', 400, 'AS_OF_INVALID'],
    ['an empty file', `/v1/sources/tax/income/loads?scope=520100&asOf=2026-11-10`, 400, 'FILE_EMPTY'],
    ['an empty batch', '/v1/batches?asOf=2026-11-15', 400, 'FILE_EMPTY'],
    ['a batch whose policy does not exist', '/v1/batches?asOf=2026-11-15&policy=nowhere', 400, 'POLICY_UNKNOWN'],
    ['a policy version that does not exist', '/v1/batches?asOf=2026-11-15&policy=sample-city@9', 400, 'POLICY_UNKNOWN'],
    ['a batch without a date', '/v1/batches', 400, 'AS_OF_INVALID'],
  ])('%s', async (_what, target, status, code) => {
    const body = target.includes('FILE') || code === 'FILE_EMPTY' ? '' : HEADER;
    expect(await problem(await csv(target, body))).toMatchObject({ status, code });
  });

  it('says the line and the key of an error in a policy', async () => {
    const lines = (await readFile(path.join(SAMPLE, 'policy.yaml'), 'utf8')).split('\n');
    lines[11] = lines[11]?.replace(/monthly: "[^"]*"/, 'monthly: "seven"') ?? '';
    const file = path.join(folder, 'policy.yaml');
    await writeFile(file, lines.join('\n').replace('version: 1', 'version: 2'));
    const result = await mesh.hedui('policy', 'publish', file);
    expect(result.status).toBe(1);
    expect(result.err).toMatch(/policy\.yaml:12 .*monthly.* POLICY_VALUE_INVALID /);
    const answer = await mesh.fetch('/v1/policies', {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: await readFile(file, 'utf8'),
    });
    const found = await problem(answer);
    expect(found).toMatchObject({ status: 400, code: 'POLICY_INVALID' });
    expect(found.errors).toMatchObject([{ line: 12, code: 'POLICY_VALUE_INVALID' }]);
  });

  it('rejects five broken households among a thousand by row, and takes the others', async () => {
    const numbers = validNumbers(1000);
    const rows = numbers.map((number, i) => {
      const broken = i % 200 === 7;
      return `R${i},urban_dibao,new_application,520102,urban,applicant,${broken ? `${number.slice(0, 17)}?` : number},张三,SQ${i},2026-11-01`;
    });
    const file = path.join(folder, 'thousand.csv');
    await writeFile(file, HEADER + rows.join('\n'));
    const rejects = path.join(folder, 'rejects.csv');
    const result = await mesh.hedui(
      'batch',
      'submit',
      file,
      '--as-of',
      '2026-11-15',
      '--wait',
      '--rejects',
      rejects,
      '--json',
    );
    expect(result.status).toBe(1);
    const batch = batchSchema.parse(JSON.parse(result.out));
    expect(batch.counts).toMatchObject({ households: 1000, accepted: 995, rejected: 5, reports: 995 });
    const list = (await readFile(rejects, 'utf8')).trim().split(/\r?\n/);
    expect(list[0]).toBe('line,ref,column,code,rule');
    expect(list.slice(1).map((line) => line.split(',').slice(0, 4).join(','))).toEqual(
      [7, 207, 407, 607, 807].map((i) => `${i + 2},R${i},id_number,ID_INVALID`),
    );
    for (const number of numbers) expect(list.join('\n')).not.toContain(number.slice(0, 17));
  });

  it('takes the same batch once under one key, and refuses another body', async () => {
    const body = `${HEADER}S1,urban_dibao,new_application,520102,urban,applicant,520000196203180013,张三,SQ1,2026-11-01\n`;
    const key = { 'idempotency-key': randomUUID() };
    const first = batchSchema.parse(await (await csv('/v1/batches?asOf=2026-11-15', body, key)).json());
    const again = batchSchema.parse(await (await csv('/v1/batches?asOf=2026-11-15', body, key)).json());
    expect(again.id).toBe(first.id);
    expect(await problem(await csv('/v1/batches?asOf=2026-11-15', `${body}\n${body}`, key))).toMatchObject({
      status: 422,
      code: 'IDEMPOTENCY_MISMATCH',
    });
  });

  it('changes nothing when a file breaks off', async () => {
    const before = await listBatches(mesh);
    const url = new URL(mesh.url);
    const rows = validNumbers(3000).map(
      (n, i) => `B${i},urban_dibao,new_application,520102,urban,applicant,${n},李四,SQ${i},2026-11-01\n`,
    );
    const socket = connect(Number(url.port), url.hostname);
    socket.on('error', () => {});
    socket.write(
      `POST /v1/batches?asOf=2026-11-15 HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: Bearer ${mesh.token}\r\n` +
        `content-type: text/csv\r\ncontent-length: 100000000\r\n\r\n${HEADER}${rows.join('')}`,
    );
    await eventually(async () => (await listBatches(mesh)).length > before.length, { within: 20_000 }).catch(
      () => null,
    );
    socket.destroy();
    await eventually(async () => (await listBatches(mesh)).every((b) => b.state !== 'receiving'), { within: 20_000 });
    expect((await listBatches(mesh)).map((b) => b.id)).toEqual(before.map((b) => b.id));
  }, 60_000);

  it('keeps what was accepted when a later file is refused', async () => {
    const good =
      'record_id,id_number,name,period,income_item,gross_amount\nT1,520000196203180013,张三,2026-10,wages,100.00\n';
    const loaded = (await (await csv(income(full), good)).json()) as Load;
    await eventually(
      async () => ((await (await mesh.fetch(`/v1/loads/${loaded.id}`)).json()) as Load).state === 'applied',
      {
        within: 30_000,
      },
    );
    expect(await problem(await csv(income('?scope=520100&asOf=2026-11-01&mode=full'), good))).toMatchObject({
      code: 'AS_OF_BACKWARDS',
    });
    const status = await mesh.hedui('source', 'status', '--json');
    expect(
      JSON.parse(status.out).items.find((i: { source: string }) => i.source === 'tax').recordTypes[0].records,
    ).toBe(1);
  }, 60_000);

  it('shows a rejected source row by line, code and rule, never with the number', async () => {
    const body =
      'record_id,id_number,name,period,income_item,gross_amount\n' +
      'T1,520000196203180013,张三,2026-10,wages,100.00\nT2,5.2E+17,李四,2026-10,wages,100.00\nT3,520000196203180013,张三,2026-13,wages,"1,0"\n';
    const load = (await (await csv(income('?scope=520102&asOf=2026-11-10'), body)).json()) as Load;
    const rejects = await allRejects(mesh, `/v1/loads/${load.id}/rejects`);
    expect(rejects.map((r) => [r.line, r.ref, r.column, r.code])).toEqual([
      [3, 'T2', 'id_number', 'EXCEL_DAMAGED'],
      [4, 'T3', 'period', 'VALUE_INVALID'],
      [4, 'T3', 'gross_amount', 'VALUE_INVALID'],
    ]);
    expect(JSON.stringify(rejects)).not.toMatch(/5\.2E|李四|5200001962/);
  });

  it('answers nobody without a token, but its documents', async () => {
    for (const target of ['/v1/batches', '/v1/sources', '/v1/detection-rates?from=2026-01&to=2026-02']) {
      const answer = await fetch(new URL(target, mesh.url));
      expect([target, answer.status]).toEqual([target, 401]);
      expect(await problem(answer)).toMatchObject({ code: 'TOKEN_MISSING' });
    }
    for (const target of ['/openapi.json', '/docs', '/live', '/ready']) {
      expect([target, (await fetch(new URL(target, mesh.url))).status]).toEqual([target, 200]);
    }
  });

  it('tells usage errors from refusals by the exit status', async () => {
    expect((await mesh.hedui('batch', 'submit')).status).toBe(2);
    expect((await mesh.hedui('no-such-command')).status).toBe(2);
    expect((await mesh.hedui('batch', 'status', 'nothing')).status).toBe(1);
    expect((await mesh.hedui('policy', 'publish', '/nowhere.yaml')).status).toBe(1);
  });
});

async function listBatches(mesh: Mesh): Promise<Batch[]> {
  return ((await (await mesh.fetch('/v1/batches?limit=100')).json()) as { items: Batch[] }).items;
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
function validNumbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const year = 1950 + (i % 50);
    const digits = `520000${year}0101${String(Math.floor(i / 50) + 1).padStart(3, '0')}`;
    return digits + '10X98765432'[WEIGHTS.reduce((sum, w, at) => sum + w * Number(digits[at]), 0) % 11];
  });
}
