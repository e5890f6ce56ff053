import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { City } from '../city.js';
import { type Figures, rounded } from '../figures.js';
import type { Installation } from '../hedui/installation.js';
import { APPLICANT, check } from './online.js';

/**
 * Kills the matcher, as a crash would, and asks for a report at once: the seconds until it is there. The launcher's own wait before
 * it starts a dead service again (a quarter of a second) is in it.
 */
export async function measureRestart(mesh: Installation, city: City): Promise<NonNullable<Figures['restart']>> {
  const before = await mesh.pidOf('matcher');
  const since = performance.now();
  process.kill(before, 'SIGKILL');
  await check(mesh, APPLICANT);
  const seconds = (performance.now() - since) / 1000;
  while (!(await alive(mesh, before))) await pause(50);
  return { firstReportSeconds: rounded(seconds), persons: city.persons + city.bystanders };
}

/** Another matcher runs than the one with the process id `before`. */
async function alive(mesh: Installation, before: number): Promise<boolean> {
  const pid = await mesh.pidOf('matcher').catch(() => before);
  if (pid === before) return false;
  return (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')) !== '';
}
