import { performance } from 'node:perf_hooks';
import { median, rounded } from '../figures.js';
import type { Installation } from '../hedui/installation.js';

const GROUPS = ['', 'programme', 'region', 'source', 'finding', 'type', 'month', 'programme,region'];

/** Detection rates over the whole year, each grouping five times: the median in milliseconds. */
export async function measureRates(mesh: Installation): Promise<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const groupBy of GROUPS) {
    const runs: number[] = [];
    for (let run = 0; run < 5; run++) {
      const since = performance.now();
      await mesh.client.rates({ from: '2026-01', to: '2026-12', ...(groupBy === '' ? {} : { groupBy }) });
      runs.push(performance.now() - since);
    }
    times[groupBy || 'total'] = rounded(median(runs), 1);
  }
  return times;
}
