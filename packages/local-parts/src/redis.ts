import { accessSync, constants, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { startChild } from './children.js';
import { until } from './deadline.js';
import { freePort } from './ports.js';
import { stopLeftover } from './processes.js';
import { PartUnavailable } from './unavailable.js';

export interface Redis {
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
  kill(): void;
}

/** The program `name` on the PATH, or null. */
export function onPath(name: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder || '.', process.platform === 'win32' ? `${name}.exe` : name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** A redis-server or valkey-server on the PATH, or null. */
export const redisProgram = (): string | null => onPath('redis-server') ?? onPath('valkey-server');

/** What to tell when there is none. */
export const NO_REDIS = 'there is neither redis-server nor valkey-server on the PATH';

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.on('error', () => end(false));
    socket.on('close', () => resolve(false));
  });
}

/**
 * Starts a Redis or Valkey of the PATH on 127.0.0.1, on a free port unless one is given, without persistence; null when there is no such
 * program (`NO_REDIS` says so).
 * @throws PartUnavailable when there is one and it does not start.
 */
export async function startRedis(options: { dir: string; log?: string; port?: number }): Promise<Redis | null> {
  const command = redisProgram();
  if (!command) return null;
  const dir = path.resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const pidFile = path.join(dir, 'redis.pid');
  await stopLeftover(pidFile, 'redis-server', 'SIGTERM', 5_000);
  await stopLeftover(pidFile, 'valkey-server', 'SIGTERM', 5_000);
  const log = options.log ?? path.join(dir, 'redis.log');
  const port = options.port ?? (await freePort());
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  args.push('--dir', dir, '--daemonize', 'no', '--maxmemory', '128mb', '--maxmemory-policy', 'allkeys-lru');
  const child = await startChild({
    command,
    args,
    cwd: dir,
    log,
    stopSignal: 'SIGTERM',
    graceMs: 5_000,
    order: 1,
    pidFile,
  });
  const ready = await until(async () => {
    if (child.hasExited()) return false;
    return (await answersPing(port)) ? true : undefined;
  }, 10_000);
  if (!ready) {
    await child.stop();
    throw new PartUnavailable('Redis', `${command} did not answer on port ${port}`, `See ${log}.`);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: child.pid,
    exited: child.exited,
    stop: () => child.stop(),
    kill: () => child.kill(),
  };
}
