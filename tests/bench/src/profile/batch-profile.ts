import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { until } from '@hedui/local-parts';
import { type Installation, ROOT } from '../hedui/installation.js';
import { counted, countersOf } from './counters.js';
import { profileSummary } from './summary.js';

/** The Node options with which an installation can be profiled; its folder goes in `HEDUI_BENCH_PROFILE`. */
export function profilingOptions(): string {
  return `--import ${pathToFileURL(fileURLToPath(new URL('./preload.js', import.meta.url))).href}`;
}

/**
 * Profiles what `work` makes the installation do: a processor profile of each service, their summary by function in `summary.txt`, and the
 * rows, scans and bytes of its databases in `counters.txt`.
 */
export async function profiled<T>(
  mesh: Installation,
  folder: string,
  households: number,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const databases = await mesh.databases();
  const before = await countersOf(databases);
  const toggle = async (): Promise<string[]> => {
    const files: string[] = [];
    for (const service of await readdir(path.join(ROOT, 'services'))) {
      const pid = await mesh.pidOf(service).catch(() => 0);
      if (pid <= 0) continue;
      process.kill(pid, 'SIGUSR2');
      files.push(path.join(folder, `${service}-${pid}.cpuprofile`));
    }
    return files;
  };
  await toggle();
  const result = await work();
  const files = await toggle();
  await until(async () => (files.every((file) => existsSync(file)) ? true : undefined), 60_000, 200);
  await writeFile(path.join(folder, 'summary.txt'), await profileSummary(folder, households));
  await writeFile(path.join(folder, 'counters.txt'), `${counted(before, await countersOf(databases), households)}\n`);
  return result;
}
