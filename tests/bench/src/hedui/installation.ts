import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Client, createClient, type Profile } from '@hedui/cli';
import { freePort } from '@hedui/local-parts';

/** The checkout, from the compiled file or from the source. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** An installation of its own, started as `npm start` starts it, on free ports, in a folder that goes with it. */
export interface Installation {
  readonly home: string;
  readonly client: Client;
  readonly profile: Profile;
  readonly startSeconds: number;
  /** The process id of a service. */
  pidOf(service: string): Promise<number>;
  /** Addresses of the installation's databases by name. */
  databases(): Promise<Record<string, string>>;
  /** SIGTERM, and waits for its end; what it wrote goes. */
  stop(): Promise<void>;
}

/** Starts an installation. Fails with what it printed when it ends before it is ready. `nodeOptions` reach its services. */
export async function startInstallation(log: 'kafka' | 'postgres', nodeOptions = ''): Promise<Installation> {
  const home = await mkdtemp(path.join(tmpdir(), 'hedui-bench-home-'));
  const since = performance.now();
  const child = spawn(process.execPath, ['infra/local/start.mjs', '--empty', '--log', log], {
    cwd: ROOT,
    env: {
      ...process.env,
      HEDUI_HOME: home,
      HEDUI_PORT: String(await freePort()),
      ...(nodeOptions === '' ? {} : { NODE_OPTIONS: nodeOptions }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await rm(home, { recursive: true, force: true });
  };
  try {
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          printed.push(line);
          if (line.startsWith('ready ')) resolve();
        });
      }
      child.once('exit', (code) => reject(new Error(`the installation ended (${code}):\n${printed.join('\n')}`)));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const profile = JSON.parse(await readFile(path.join(home, 'profile.json'), 'utf8')) as Profile;
  const client = createClient(profile);
  return {
    home,
    client,
    profile,
    startSeconds: (performance.now() - since) / 1000,
    pidOf: async (service) => Number(await readFile(path.join(home, 'run', `${service}.pid`), 'utf8')),
    databases: async () =>
      (JSON.parse(await readFile(path.join(home, 'run/parts.json'), 'utf8')) as { databases: Record<string, string> })
        .databases,
    stop: async () => {
      await client.close();
      await stop();
    },
  };
}
