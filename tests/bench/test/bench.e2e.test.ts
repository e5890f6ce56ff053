import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Figures } from '../src/figures.js';
import { main } from '../src/main.js';

const HOUSEHOLDS = 300;

describe('the bench in its short form, on the embedded log', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hedui-bench-test-'));
    process.env.HEDUI_CACHE = folder;
  });
  afterAll(async () => {
    delete process.env.HEDUI_CACHE;
    await rm(folder, { recursive: true, force: true });
  });

  it('measures everything, and SQL and DuckDB agree with every report of Hedui', async () => {
    const json = path.join(folder, 'figures.json');
    const args = ['--short', '--log', 'postgres', '--households', String(HOUSEHOLDS), '--json', json];
    expect(await main(args)).toBe(0);
    const figures = JSON.parse(await readFile(json, 'utf8')) as Figures;
    expect(figures.sql?.agreed).toBe(HOUSEHOLDS);
    expect(figures.duckdb?.agreed).toBe(HOUSEHOLDS);
    for (const name of ['batch_vs_sql', 'batch_vs_duckdb', 'ingest_vs_copy', 'cost_flatness', 'reload_vs_first'])
      expect(figures.ratios[name]).toBeGreaterThan(0);
    expect(figures.reload?.changed).toBeGreaterThan(0);
    expect(figures.online?.idle.count).toBe(20);
    expect(figures.online?.changeVisible.count).toBe(2);
    expect(figures.restart?.firstReportSeconds).toBeGreaterThan(0);
    expect(figures.batch?.memoryMb.matcher?.max).toBeGreaterThan(0);
  }, 300_000);
});
