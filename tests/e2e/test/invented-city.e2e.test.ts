import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { batchSchema, ratesSchema } from '@hedui/contracts';
import { writeCity } from '@hedui/testing/city';
import { afterAll, describe, expect, it } from '@jest/globals';
import { allRejects, loadCity, readReports } from './city.js';
import { type Mesh, SAMPLE, startMesh } from './mesh.js';
import { applicants, latestPerHousehold, recount } from './recount.js';

/** `npm run city` runs the long form: 20,000 households and 100,000 bystanders. */
const households = Number(process.env.HEDUI_CITY_HOUSEHOLDS ?? 1500);
const bystanders = Number(process.env.HEDUI_CITY_BYSTANDERS ?? 3000);
const seed = Number(process.env.HEDUI_CITY_SEED ?? 20_261_115);

describe(`an invented city of ${households} households and ${bystanders} bystanders (seed ${seed})`, () => {
  const made: { mesh?: Mesh; folder?: string } = {};
  afterAll(async () => {
    await made.mesh?.remove();
    if (made.folder) await rm(made.folder, { recursive: true, force: true });
  }, 60_000);

  it('goes through Kafka unbroken: every row and every household accounted for, every rate recounted', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'hedui-city-'));
    made.folder = folder;
    const city = await writeCity(folder, { seed, households, bystanders, asOf: '2026-11-15' });
    const mesh = await startMesh({ log: 'kafka' });
    made.mesh = mesh;
    expect((await mesh.hedui('policy', 'publish', path.join(SAMPLE, 'policy.yaml'))).status).toBe(0);
    for (const { load, rejects } of await loadCity(mesh, folder)) {
      const file = Object.entries(city.files).find(([type]) => type === load.recordType)?.[1];
      expect(load.counts).toMatchObject({ read: file?.rows, rejected: file?.rejectedIds.length });
      expect(new Set(rejects.map((r) => r.ref))).toEqual(new Set(file?.rejectedIds));
      const { read, applied, unchanged, superseded, rejected } = load.counts;
      expect(applied + unchanged + superseded + rejected).toBe(read);
    }
    const out = path.join(folder, 'reports.ndjson');
    const result = await mesh.hedui(
      ...['batch', 'submit', path.join(folder, 'households.csv'), '--as-of', '2026-11-15', '--out', out, '--json'],
    );
    const batch = batchSchema.parse(JSON.parse(result.out));
    const refused = Object.keys(city.rejected);
    expect(batch).toMatchObject({
      state: 'done',
      counts: {
        households,
        accepted: households - refused.length,
        rejected: refused.length,
        reports: households - refused.length,
      },
    });
    const rejects = await allRejects(mesh, `/v1/batches/${batch.id}/rejects`);
    expect(new Set(rejects.map((r) => r.ref))).toEqual(new Set(refused));
    for (const [ref, code] of Object.entries(city.rejected)) {
      expect(rejects.filter((r) => r.ref === ref).map((r) => r.code)).toContain(code);
    }
    const reports = await readReports(out);
    expect(new Set(reports.map((r) => r.householdRef)).size).toBe(reports.length);
    expect(reports).toHaveLength(households - refused.length);
    expect(new Set(reports.map((r) => r.reportNo)).size).toBe(reports.length);

    const latest = latestPerHousehold(reports, await applicants(folder));
    const groups = {
      programme: (r: (typeof reports)[number]) => [r.programme],
      type: (r: (typeof reports)[number]) => [r.verificationType],
      region: (r: (typeof reports)[number]) => [
        `${r.region.slice(0, 2)}0000`,
        `${r.region.slice(0, 4)}00`,
        r.region.slice(0, 6),
        ...(r.region.length === 9 ? [r.region] : []),
      ],
    };
    for (const [group, of] of Object.entries(groups)) {
      const answer = await mesh.hedui('rates', '--from', '2026-01', '--to', '2026-12', '--group-by', group, '--json');
      const rates = ratesSchema.parse(JSON.parse(answer.out));
      const found = rates.rows.map((row) => [
        row.programme ?? row.verificationType ?? row.region,
        {
          completed: row.completed,
          incomplete: row.leftOut.incomplete,
          flagged: row.flagged.count,
          detected: row.detected.count,
          lowIncome: row.lowIncome.count,
        },
      ]);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(recount(latest, of)));
    }
  }, 1_800_000);
});
