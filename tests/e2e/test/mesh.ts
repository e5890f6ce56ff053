import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '@hedui/cli';

export const ROOT = path.resolve(__dirname, '../../..');
export const SAMPLE = path.join(ROOT, 'infra/local/sample');
export const FIXTURES = path.join(ROOT, 'tests/e2e/fixtures');

export interface CommandResult {
  status: number;
  out: string;
  err: string;
}

/** An installation of its own, started as a person starts it: `npm start`'s own script, an empty home, a free port. */
export interface Mesh {
  readonly url: string;
  readonly token: string;
  readonly home: string;
  /** Everything that the launcher printed. */
  readonly printed: readonly string[];
  readonly process: ChildProcess;
  /** `npx hedui …` against this installation. */
  hedui(...args: string[]): Promise<CommandResult>;
  /** A REST call with the local token; `path` begins with a slash. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** SIGTERM, then waits for its end; the home stays. Returns the exit status. */
  stop(): Promise<number | null>;
  /** Stops it when it still runs, and removes its home. */
  remove(): Promise<void>;
}

export interface MeshOptions {
  log: 'kafka' | 'postgres';
  /** With the sample city, as `npm start` without arguments. */
  sample?: boolean;
  /** The home of an installation that was stopped. */
  home?: string;
  /** More of the environment. */
  env?: Readonly<Record<string, string>>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts an installation and waits for its `ready` line. Fails with what it printed when it ends before. */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const home = options.home ?? (await mkdtemp(path.join(tmpdir(), 'hedui-e2e-')));
  const port = await freePort();
  const args = ['infra/local/start.mjs', '--log', options.log, ...(options.sample ? [] : ['--empty'])];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, HEDUI_HOME: home, HEDUI_PORT: String(port), ...options.env },
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
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    return child.exitCode;
  };
  return {
    url: profile.url,
    token: profile.token,
    home,
    printed,
    process: child,
    hedui: async (...words) => {
      const out: string[] = [];
      const err: string[] = [];
      const sink = { out: (t: string) => void out.push(t), err: (t: string) => void err.push(t), terminal: false };
      const status = await run(words, sink, { HEDUI_HOME: home });
      return { status, out: out.join('\n'), err: err.join('\n') };
    },
    fetch: (target, init = {}) => {
      const headers = new Headers(init.headers);
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${profile.token}`);
      const ask = () => fetch(new URL(target, profile.url), { ...init, headers });
      // A connection that was kept may be closed just when it is used again; what only reads is asked once more.
      return (init.method ?? 'GET') === 'GET' ? ask().catch(ask) : ask();
    },
    stop,
    remove: async () => {
      await stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
