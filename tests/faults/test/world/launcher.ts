import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '@hedui/local-parts';

export const ROOT = path.resolve(__dirname, '../../../..');
export type LogKind = 'kafka' | 'postgres';

/** The logs that a run was asked for (`HEDUI_FAULTS_LOG`), the embedded one when it was asked for none. */
export const askedLogs = (): LogKind[] =>
  (process.env.HEDUI_FAULTS_LOG ?? 'postgres').split(',').map((log) => (log === 'kafka' ? 'kafka' : 'postgres'));

/** Preloaded into every service: they do nothing until a plan names the service. */
export const SHIMS = ['crash.mjs', 'clock.mjs'].map((name) => path.join(ROOT, 'tests/faults/shims', name));

export interface Launcher {
  url: string;
  token: string;
  printed: string[];
  stop(): Promise<void>;
}

/** Starts the mesh as `npm start` does and waits for its `ready` line. */
export async function startLauncher(
  home: string,
  at: { log: LogKind; env: Record<string, string> },
): Promise<Launcher> {
  const port = await freePort();
  const { NODE_OPTIONS: shims, ...env } = at.env;
  const child = spawn(process.execPath, ['infra/local/start.mjs', '--log', at.log, '--empty'], {
    cwd: ROOT,
    // The shims find no HEDUI_SERVICE in the launcher itself and do nothing there.
    env: { ...process.env, ...env, NODE_OPTIONS: shims, HEDUI_HOME: home, HEDUI_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        printed.push(line);
        if (line.startsWith('ready ')) resolve();
      });
    }
    child.once('exit', (code) => reject(new Error(`the launcher ended (${code}):\n${printed.join('\n')}`)));
  });
  const profile = JSON.parse(await readFile(path.join(home, 'profile.json'), 'utf8')) as { url: string; token: string };
  return {
    ...profile,
    printed,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
