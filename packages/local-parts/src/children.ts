import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isAlive, signal, stopProcess } from './processes.js';

export interface ChildOptions {
  command: string;
  args: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Run as this user (only root may ask for that). */
  user?: { uid: number; gid: number } | null;
  /** File that takes the output, appended to. */
  log: string;
  stopSignal: NodeJS.Signals;
  /** After this many milliseconds a stop becomes SIGKILL. */
  graceMs: number;
  /** When everything is stopped at once, lower ones go first: services 0, brokers and caches 1, databases 2. */
  order: number;
  /** Where the process id is noted, so that a later run can clean up after a crash. */
  pidFile?: string;
}

export interface Child {
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  hasExited(): boolean;
  stop(): Promise<void>;
  /** SIGKILL, now. */
  kill(): void;
}

const running = new Map<number, { child: Child; order: number }>();
let guard: ChildProcess | null = null;

function tellGuard(line: string): void {
  if (!guard || guard.exitCode !== null) {
    guard = spawn(process.execPath, [fileURLToPath(new URL('../guard.mjs', import.meta.url))], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env: {},
    });
    guard.on('error', () => {});
    guard.stdin?.on('error', () => {});
    // The guard must not keep its parent alive.
    guard.unref();
    const input = guard.stdin;
    if (input && 'unref' in input && typeof input.unref === 'function') input.unref();
  }
  guard.stdin?.write(`${line}\n`);
}

/**
 * Starts a child in a session of its own (Ctrl-C reaches only the parent, which stops its children in order) and puts it
 * under the guard, which stops it when this process ends in whatever way.
 * @throws when the command cannot be started at all.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const out = openSync(options.log, 'a');
  let started: ChildProcess;
  try {
    started = spawn(options.command, options.args, {
      stdio: ['ignore', out, out],
      detached: true,
      ...(options.cwd ? { cwd: options.cwd } : {}),
      env: options.env ?? process.env,
      ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
    });
  } finally {
    closeSync(out);
  }
  await new Promise<void>((resolve, reject) => {
    started.once('spawn', resolve);
    started.once('error', reject);
  });
  started.on('error', () => {});
  const pid = started.pid ?? 0;
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    started.once('exit', (code, name) => {
      running.delete(pid);
      tellGuard(`remove ${pid}`);
      if (options.pidFile) rmSync(options.pidFile, { force: true });
      resolve({ code, signal: name });
    });
  });
  const hasExited = () => started.exitCode !== null || started.signalCode !== null;
  const child: Child = {
    pid,
    exited,
    hasExited,
    async stop() {
      if (hasExited()) return;
      await stopProcess(pid, options.stopSignal, options.graceMs);
      if (!isAlive(pid)) await exited;
    },
    kill: () => void signal(pid, 'SIGKILL'),
  };
  if (options.pidFile) writeFileSync(options.pidFile, `${pid}\n`);
  running.set(pid, { child, order: options.order });
  tellGuard(`add ${pid} ${options.order} ${options.stopSignal} ${options.graceMs}`);
  return child;
}

/** Stops every child of this process: lower orders first, those of one order together. */
export async function stopAll(): Promise<void> {
  for (const order of [...new Set([...running.values()].map((c) => c.order))].sort((a, b) => a - b)) {
    await Promise.all([...running.values()].filter((c) => c.order === order).map((c) => c.child.stop()));
  }
}

/** SIGKILL to every child of this process, now. */
export function killAll(): void {
  for (const { child } of running.values()) child.kill();
}
