import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { outputOf } from './error-code.js';
import { commandLine, isAlive, stopProcess } from './processes.js';
import { PartUnavailable } from './unavailable.js';
import { canReach, type SystemUser } from './users.js';

const run = promisify(execFile);

/**
 * The folder that really holds the data. When root starts the server as `user` and the folder lies where that user cannot
 * go (below /root, say), the data lies in /var/lib/hedui and `dataDir` is a link to it.
 */
export function dataFolder(dataDir: string, user: SystemUser | null): string {
  if (!lstatSync(dataDir, { throwIfNoEntry: false })) {
    mkdirSync(path.dirname(dataDir), { recursive: true });
    mkdirSync(dataDir, { mode: 0o755 });
    if (user && !canReach(dataDir, user)) {
      mkdirSync('/var/lib/hedui', { recursive: true, mode: 0o755 });
      const elsewhere = mkdtempSync('/var/lib/hedui/postgres-');
      rmSync(dataDir, { recursive: true });
      symlinkSync(elsewhere, dataDir);
    }
  } else if (!existsSync(dataDir)) {
    throw new PartUnavailable(
      'PostgreSQL',
      `${dataDir} points to a folder that is gone`,
      'Start with --reset to begin anew.',
    );
  }
  const folder = realpathSync(dataDir);
  if (user) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o755);
  return folder;
}

/** Removes a server's data, wherever it lies. The server must not be running. */
export function removePostgres(dataDir: string): void {
  if (existsSync(dataDir)) rmSync(realpathSync(dataDir), { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
}

/** The password of the server's one user, made at the first start and readable by its owner only. */
export function passwordOf(folder: string, user: SystemUser | null): string {
  const file = path.join(folder, 'password');
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (user) chownSync(file, user.uid, user.gid);
  }
  return readFileSync(file, 'utf8').trim();
}

/** Makes the data of a new server; does nothing when they are there. */
export async function initialise(
  bin: string,
  folder: string,
  user: SystemUser | null,
  durable: boolean,
): Promise<void> {
  const cluster = path.join(folder, 'cluster');
  if (existsSync(path.join(cluster, 'PG_VERSION')) && existsSync(path.join(folder, 'initialised'))) return;
  rmSync(cluster, { recursive: true, force: true });
  const args = ['-D', cluster, '-U', 'hedui', '-A', 'scram-sha-256', '--pwfile', path.join(folder, 'password')];
  args.push(
    '-E',
    'UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '-c',
    'timezone=UTC',
    '-c',
    'log_timezone=UTC',
  );
  if (!durable) args.push('--no-sync');
  try {
    await run(path.join(bin, 'initdb'), args, {
      cwd: folder,
      env: {},
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    });
  } catch (error) {
    const why = outputOf(error, 'stderr');
    throw new PartUnavailable(
      'PostgreSQL',
      `initdb failed in ${cluster}: ${why}`,
      'Free space on the disk and try again.',
      error,
    );
  }
  writeFileSync(path.join(folder, 'initialised'), '');
}

/**
 * Makes way for a new server on data that an interrupted run left: ends a server of that data that still runs, and removes
 * the process-id file of one that is gone, whose number may be another process's by now.
 */
export async function clearLeftover(cluster: string): Promise<void> {
  const file = path.join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  if (pid > 1 && isAlive(pid) && commandLine(pid).includes(cluster)) await stopProcess(pid, 'SIGINT', 30_000);
  rmSync(file, { force: true });
}
