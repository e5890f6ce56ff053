import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { until } from './deadline.js';
import { errorCode } from './error-code.js';

/** Whether a process of this id exists and is more than a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  try {
    // The state stands after the command's name, which is in parentheses and may hold anything.
    return !/.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The command line of a process, or '' when it cannot be read. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** Sends a signal; false when the process is gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Stops a process: politely, and with SIGKILL when it is still there after `graceMs`. */
export async function stopProcess(pid: number, name: NodeJS.Signals, graceMs: number): Promise<void> {
  if (!signal(pid, name)) return;
  const gone = async () => (isAlive(pid) ? undefined : true);
  if (await until(gone, graceMs)) return;
  signal(pid, 'SIGKILL');
  await until(gone, 5_000);
}

/**
 * Stops the process that an earlier, interrupted run noted in `pidFile`. A process whose command line does not hold `mark`
 * is another one that was given the same id since: it is left alone.
 */
export async function stopLeftover(
  pidFile: string,
  mark: string,
  name: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  if (pid > 1 && isAlive(pid) && commandLine(pid).includes(mark)) await stopProcess(pid, name, graceMs);
  rmSync(pidFile, { force: true });
}
