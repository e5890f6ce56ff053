import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { batchSchema, type Load } from '@hedui/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allRejects } from './city.js';
import { type Mesh, SAMPLE, startMesh } from './mesh.js';
import { sheet } from './sheet.js';

describe('spreadsheets, as offices have them', () => {
  let mesh: Mesh;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hedui-sheets-'));
    mesh = await startMesh({ log: 'postgres' });
    expect((await mesh.hedui('policy', 'publish', path.join(SAMPLE, 'policy.yaml'))).status).toBe(0);
  }, 120_000);
  afterAll(async () => {
    await mesh?.remove();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it('gives a template for every file kind, and takes each back as an empty file', async () => {
    const kinds = [
      ['tax', 'income'],
      ['vehicle', 'registration'],
      ['housing_fund', 'account'],
      ['business_registry', 'role'],
      ['civil_affairs', 'marriage'],
      ['civil_affairs', 'death'],
      ['civil_affairs', 'assistance'],
    ] as const;
    for (const [source, type] of kinds) {
      for (const format of ['csv', 'xlsx']) {
        const file = path.join(folder, `${source}-${type}.${format}`);
        expect((await mesh.hedui('source', 'template', source, type, file)).status).toBe(0);
        const loaded = await mesh.hedui(
          ...['source', 'load', source, type, file, '--scope', '520100', '--as-of', '2026-11-10', '--json'],
        );
        expect([file, loaded.status, loaded.err]).toEqual([file, 0, '']);
        expect((JSON.parse(loaded.out) as Load).counts).toMatchObject({ read: 0, rejected: 0 });
      }
    }
  }, 120_000);

  it('takes a batch as XLSX, and names the row of the sheet that a spreadsheet damaged', async () => {
    const header = [
      'household_ref',
      'programme',
      'verification_type',
      'region',
      'area',
      'relation',
      'id_number',
      'name',
    ];
    const row = (ref: string, number: string | number) => [
      ...[ref, 'urban_dibao', 'new_application', '520102', 'urban', 'applicant', number, '张三', 'SQ-1', '2026-11-01'],
    ];
    const file = path.join(folder, 'households.xlsx');
    await sheet(file, [
      [...header, 'authorisation_no', 'authorised_on'],
      row('X1', '520000196203180013'),
      row('X2', Number('520000196203180013')), // as a spreadsheet keeps it: a float
    ]);
    const result = await mesh.hedui('batch', 'submit', file, '--as-of', '2026-11-15', '--wait', '--json');
    const batch = batchSchema.parse(JSON.parse(result.out));
    expect(batch.counts).toMatchObject({ households: 2, accepted: 1, rejected: 1, reports: 1 });
    const rejects = await allRejects(mesh, `/v1/batches/${batch.id}/rejects`);
    expect(rejects).toMatchObject([{ line: 3, ref: 'X2', column: 'id_number', code: 'EXCEL_DAMAGED' }]);
  }, 60_000);
});
