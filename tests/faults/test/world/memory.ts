import { readFileSync } from 'node:fs';

/** Resident memory of a process, MiB. */
export function residentMiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!line) throw new Error(`process ${pid} has no memory`);
  return Math.round(Number(line[1]) / 1024);
}

/** Watches the largest resident memory of a process until told to end. */
export function watchMemory(pid: () => number): { stop(): number } {
  const seen = { most: 0 };
  const look = () => {
    try {
      seen.most = Math.max(seen.most, residentMiB(pid()));
    } catch {
      // It is just being started again.
    }
  };
  const timer = setInterval(look, 100);
  return {
    stop() {
      clearInterval(timer);
      look();
      return seen.most;
    },
  };
}
