import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { batchSchema } from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { describe, expect, it } from '@jest/globals';
import { type Mesh, SAMPLE, startMesh } from './mesh.js';

/** Processes whose environment or command line names this home: what an installation leaves behind. */
async function processesOf(home: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    const command = await read('cmdline');
    const state = await read('stat');
    if (/\) Z /.test(state)) continue;
    if (command.includes(home) || (await read('environ')).includes(`HEDUI_HOME=${home}`))
      found.push(`${pid} ${command}`);
  }
  return found;
}

describe('an installation', () => {
  it('runs beside another, each with its own data, and leaves no process behind', async () => {
    const [one, two] = await Promise.all([
      startMesh({ log: 'postgres', sample: true }),
      startMesh({ log: 'postgres' }),
    ]);
    try {
      expect(one.printed.at(-1)).toBe(`ready ${one.url}`);
      expect(one.url).not.toBe(two.url);
      const batches = async (mesh: Mesh) =>
        ((await (await mesh.fetch('/v1/batches')).json()) as { items: unknown[] }).items;
      expect(await batches(one)).toHaveLength(1);
      expect(await batches(two)).toHaveLength(0);
      expect((await two.fetch('/v1/batches', { headers: { authorization: `Bearer ${one.token}` } })).status).toBe(401);
      expect((await processesOf(one.home)).length).toBeGreaterThan(5);
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
    expect(await processesOf(one.home)).toEqual([]);
    expect(await processesOf(two.home)).toEqual([]);

    const started = Date.now();
    const again = await startMesh({ log: 'postgres', sample: true, home: one.home });
    try {
      expect(Date.now() - started).toBeLessThan(30_000);
      const { items } = (await (await again.fetch('/v1/batches')).json()) as { items: unknown[] };
      expect(items).toHaveLength(1); // it goes on with the data and does not load the sample again
      expect(batchSchema.parse(items[0])).toMatchObject({ state: 'done', counts: { reports: 233 } });
    } finally {
      await again.remove();
      await two.remove();
    }
  }, 240_000);

  it('cancels a batch: what was assessed stays, the rest is not assessed', async () => {
    const mesh = await startMesh({ log: 'postgres' });
    try {
      expect((await mesh.hedui('policy', 'publish', path.join(SAMPLE, 'policy.yaml'))).status).toBe(0);
      const rows = Array.from({ length: 60_000 }, (_, i) => {
        const digits = `520000${1950 + (i % 50)}${String(1 + (Math.floor(i / 50) % 12)).padStart(2, '0')}${String(1 + (Math.floor(i / 600) % 28)).padStart(2, '0')}${String(Math.floor(i / 16_800) + 1).padStart(3, '0')}`;
        const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        const check = '10X98765432'[weights.reduce((sum, w, at) => sum + w * Number(digits[at]), 0) % 11];
        return `C${i},urban_dibao,new_application,520102,urban,applicant,${digits}${check},张三,SQ${i},2026-11-01`;
      });
      const header =
        'household_ref,programme,verification_type,region,area,relation,id_number,name,authorisation_no,authorised_on';
      const answer = await mesh.fetch('/v1/batches?asOf=2026-11-15', {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body: [header, ...rows].join('\n'),
      });
      const submitted = batchSchema.parse(await answer.json());
      const cancelled = await mesh.hedui('batch', 'cancel', submitted.id, '--json');
      const state = batchSchema.parse(JSON.parse(cancelled.out)).state;
      expect(state).toBe('cancelled');
      // Chunks that were already with the matcher are still reported; then nothing moves any more.
      const count = async () =>
        batchSchema.parse(await (await mesh.fetch(`/v1/batches/${submitted.id}`)).json()).counts.reports;
      let last = -1;
      await eventually(
        async () => {
          const before = last;
          last = await count();
          return before === last;
        },
        { within: 60_000, every: 2_000 },
      );
      expect(last).toBeLessThan(60_000);
      const lines = (await (await mesh.fetch(`/v1/batches/${submitted.id}/reports`)).text())
        .split('\n')
        .filter(Boolean);
      expect(lines).toHaveLength(last);
      expect((await mesh.hedui('batch', 'cancel', submitted.id, '--json')).out).toContain('"cancelled"');
    } finally {
      await mesh.remove();
    }
  }, 240_000);
});
