/**
 * Whether another process of this machine is gone. A member of a group that was killed says no farewell, and nobody can tell it from one that
 * is only slow, except the kernel on which it ran: so members tell who their process is, and whoever runs on the same kernel
 * looks. Elsewhere (another machine, another container, not Linux) nothing can be said, and the group's time limit decides.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { errorCode } from '@hedui/errors';

interface Life {
  state: string;
  /** Ticks between the start of the machine and that of the process: another process that got the same id has another. */
  started: string;
}

/** Throws when it cannot be read. */
function lifeOf(pid: number): Life {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name of the program, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

/** The one space in which process ids mean this process: this start of this machine, and its container. */
function spaceOf(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
}

/** Names a process among all that ever ran, on any machine; null where that cannot be known. */
export function processMark(pid: number = process.pid): string | null {
  try {
    return `${spaceOf()}/${pid}/${lifeOf(pid).started}`;
  } catch {
    return null;
  }
}

/** True only when it is certain that the process with this mark has ended. */
export function isGone(mark: string): boolean {
  const [, space, pid, started] = /^(.+)\/(\d+)\/(\d+)$/.exec(mark) ?? [];
  try {
    if (space === undefined || space !== spaceOf()) return false;
    return isAbsent(Number(pid)) || hasEnded(lifeOf(Number(pid)), started);
  } catch {
    return false;
  }
}

/** Asked by signal 0: that a process is hidden in /proc does not mean that it is absent. */
function isAbsent(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

const hasEnded = (life: Life, started: string | undefined): boolean =>
  life.started !== started || life.state === 'Z' || life.state === 'X';
