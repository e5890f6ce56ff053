import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, isAlive, until } from '@hedui/local-parts';
import { ROOT } from './launcher.js';

/** A process of a service beside the one that the launcher keeps. */
export interface Copy {
  readonly process: ChildProcess;
  readonly port: number;
  stop(name?: NodeJS.Signals): Promise<number | null>;
}

/** As long as the launcher's own may take: a busy machine starts slowly. */
const READY_MS = 120_000;

/** What a copy's environment has instead of the original's. */
export type Changed = (env: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;

/** Starts one more process with the environment of one that runs, on a port of its own. */
export async function copyOf(pid: number, service: string, logs: string, changed: Changed = () => ({})): Promise<Copy> {
  const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  const environment = Object.fromEntries(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const port = await freePort();
  const file = path.join(logs, `${service}-${port}.log`);
  const log = openSync(file, 'a');
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/server.js'], {
    cwd: path.join(ROOT, 'services', service),
    env: { ...environment, ...changed(environment), HEDUI_PORT: String(port) },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ready = await until(
    async () => {
      if (child.exitCode !== null) return false;
      const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null);
      return answer?.ok ? true : undefined;
    },
    READY_MS,
    100,
  );
  if (!ready) {
    child.kill('SIGKILL');
    throw new Error(
      `a copy of ${service} did not become ready:\n${readFileSync(file, 'utf8').split('\n').slice(-10).join('\n')}`,
    );
  }
  return {
    process: child,
    port,
    async stop(name = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill(name);
      await ended;
      return child.exitCode;
    },
  };
}

/** Resolves when a process is gone. */
export async function gone(pid: number, withinMs = 30_000): Promise<void> {
  const left = await until(async () => (isAlive(pid) ? undefined : true), withinMs, 20);
  if (!left) throw new Error(`process ${pid} is still there after ${withinMs} ms`);
}
