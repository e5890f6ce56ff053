import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { batchSchema, ratesSchema } from '@hedui/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  allRejects,
  type ExpectedReport,
  flatten,
  loadCity,
  readJson,
  readLines,
  readReports,
  sorted,
} from './city.js';
import { FIXTURES, type Mesh, SAMPLE, startMesh } from './mesh.js';
import { applicants, latestPerHousehold, recount } from './recount.js';

const CITIES = {
  city: path.join(SAMPLE, 'city'),
  'hard-city': path.join(FIXTURES, 'hard-city'),
};

describe.each([
  ['city', 'kafka'],
  ['hard-city', 'kafka'],
  ['city', 'postgres'],
  ['hard-city', 'postgres'],
] as const)('the sample %s on the %s log, by the command line', (name, log) => {
  const directory = CITIES[name];
  let mesh: Mesh;
  let out: string;
  beforeAll(async () => {
    out = await mkdtemp(path.join(tmpdir(), 'hedui-out-'));
    mesh = await startMesh({ log });
  }, 120_000);
  afterAll(async () => {
    await mesh?.remove();
    await rm(out, { recursive: true, force: true });
  }, 60_000);

  it('gives every report, reject and rate that is expected', async () => {
    expect((await mesh.hedui('policy', 'publish', path.join(SAMPLE, 'policy.yaml'))).status).toBe(0);
    const loads = await loadCity(mesh, directory);
    if (name === 'hard-city') {
      const expected = await readJson<{ file: string; rows: { line: number; recordId: string }[] }[]>(
        directory,
        'rejected_rows.json',
      );
      expected.forEach(({ file, rows }, i) => {
        const distinct = new Map(loads[i]?.rejects.map((r) => [r.line, { line: r.line, recordId: r.ref ?? '' }]));
        expect({ file, rows: [...distinct.values()] }).toEqual({
          file,
          rows: rows.map(({ line, recordId }) => ({ line, recordId })),
        });
        expect(loads[i]?.load.counts.rejected).toBe(rows.length);
      });
    }
    const reportsFile = path.join(out, 'reports.ndjson');
    const submitted = await mesh.hedui(
      ...[
        'batch',
        'submit',
        path.join(directory, 'households.csv'),
        '--as-of',
        '2026-11-15',
        '--policy',
        'sample-city',
      ],
      ...['--wait', '--out', reportsFile, '--rejects', path.join(out, 'rejects.csv'), '--json'],
    );
    expect(submitted.status).toBe(1); // some households are rejected
    const batch = batchSchema.parse(JSON.parse(submitted.out));

    const rejected = await readJson<Record<string, string>>(directory, 'rejected.json');
    const rejects = await allRejects(mesh, `/v1/batches/${batch.id}/rejects`);
    expect(new Set(rejects.map((r) => r.ref))).toEqual(new Set(Object.keys(rejected)));
    for (const [ref, code] of Object.entries(rejected)) {
      expect(rejects.filter((r) => r.ref === ref).map((r) => r.code)).toContain(code);
    }

    const reports = await readReports(reportsFile);
    const expected = await readLines<ExpectedReport>(path.join(directory, 'expected.ndjson'));
    const byRef = new Map(reports.map((r) => [r.householdRef, flatten(r)]));
    expect(byRef.size).toBe(expected.length);
    expect(reports).toHaveLength(expected.length);
    for (const want of expected) {
      expect(byRef.get(want.householdRef)).toEqual({ ...want, findings: sorted(want.findings) });
    }
    expect(batch.counts).toMatchObject({ accepted: expected.length, reports: expected.length });

    const answer = await mesh.hedui(
      ...['rates', '--from', '2026-11', '--to', '2026-11', '--group-by', 'programme', '--format', 'json'],
    );
    const rates = ratesSchema.parse(JSON.parse(answer.out));
    const counted = recount(latestPerHousehold(reports, await applicants(directory)), (r) => [r.programme]);
    expect(
      Object.fromEntries(
        rates.rows.map((row) => [
          row.programme,
          {
            completed: row.completed,
            incomplete: row.leftOut.incomplete,
            flagged: row.flagged.count,
            detected: row.detected.count,
            lowIncome: row.lowIncome.count,
          },
        ]),
      ),
    ).toEqual(Object.fromEntries(counted));
  }, 300_000);
});
