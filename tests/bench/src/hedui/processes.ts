import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProcessFigures } from '../figures.js';

/** Of one kind of process (a service, `postgres`, `kafka`): processor seconds of all, memory of the largest. */
export interface Usage {
  cpuSeconds: number;
  /** Resident memory now and at its highest, MB. */
  rssMb: number;
  peakMb: number;
}
export type UsageByName = Map<string, Usage>;

const TICKS = 100;

interface Entry {
  parent: string;
  ours: boolean;
  name: string;
  cpuSeconds: number;
  rssMb: number;
  peakMb: number;
}

async function entryOf(pid: string, mark: string): Promise<Entry> {
  const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const [command = '', environment = '', stat = '', status = ''] = await Promise.all(
    ['cmdline', 'environ', 'stat', 'status'].map(read),
  );
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const mb = (key: string): number => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  // Own time and that of children that have ended: PostgreSQL's sessions come and go.
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0);
  return {
    parent: fields[1] ?? '',
    ours: command.includes(mark) || environment.includes(mark),
    name: nameOf(command),
    cpuSeconds: ticks / TICKS,
    rssMb: mb('VmRSS'),
    peakMb: mb('VmHWM'),
  };
}

function nameOf(command: string): string {
  const service = /services\/([a-z-]+)\/dist/.exec(command)?.[1];
  if (service) return service;
  if (command.includes('kafka.Kafka')) return 'kafka';
  return /postgres/.test(command) ? 'postgres' : path.basename(command.split(/[\0 ]/, 1)[0] ?? '');
}

/** The processes whose command line or environment holds `mark`, and their children, by kind; from /proc, so on Linux only. */
export async function usageOf(mark: string): Promise<UsageByName> {
  const all = new Map<string, Entry>();
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (/^\d+$/.test(pid)) all.set(pid, await entryOf(pid, mark));
  }
  const ours = (entry: Entry | undefined): boolean =>
    entry !== undefined && (entry.ours || ours(all.get(entry.parent)));
  const found: UsageByName = new Map();
  for (const entry of all.values()) {
    if (!ours(entry)) continue;
    const sum = found.get(entry.name) ?? { cpuSeconds: 0, rssMb: 0, peakMb: 0 };
    found.set(entry.name, {
      cpuSeconds: sum.cpuSeconds + entry.cpuSeconds,
      rssMb: Math.max(sum.rssMb, entry.rssMb),
      peakMb: Math.max(sum.peakMb, entry.peakMb),
    });
  }
  return found;
}

export const totalCpu = (usage: UsageByName): number => [...usage.values()].reduce((sum, u) => sum + u.cpuSeconds, 0);

/** Processor seconds between two readings, by kind; those that used none are left out. */
function cpuBetween(before: UsageByName, after: UsageByName): Record<string, number> {
  const spent: Record<string, number> = {};
  for (const [name, { cpuSeconds }] of after) {
    const seconds = cpuSeconds - (before.get(name)?.cpuSeconds ?? 0);
    if (seconds > 0.005) spent[name] = Math.round(seconds * 100) / 100;
  }
  return spent;
}

/** Watches memory while something is done: the highest resident memory of each kind, and that of the middle of the time. */
function watchMemory(mark: string, everyMs = 1_000): { stop(): Promise<Record<string, { mid: number; max: number }>> } {
  const seen = new Map<string, number[]>();
  let reading = Promise.resolve();
  const look = async (): Promise<void> => {
    for (const [name, { rssMb }] of await usageOf(mark)) {
      const values = seen.get(name);
      if (values) values.push(rssMb);
      else seen.set(name, [rssMb]);
    }
  };
  const timer = setInterval(() => {
    reading = reading.then(look);
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await reading;
      await look();
      return Object.fromEntries(
        [...seen].map(([name, values]) => [
          name,
          { mid: Math.round(values[Math.floor(values.length / 2)] ?? 0), max: Math.round(Math.max(...values)) },
        ]),
      );
    },
  };
}

/** Does something, and tells what the processes of an installation needed for it. */
export async function watched<T>(
  mark: string,
  work: () => Promise<T>,
): Promise<{ result: T; cpuSeconds: number } & ProcessFigures> {
  const before = await usageOf(mark);
  const memory = watchMemory(mark);
  let memoryMb: ProcessFigures['memoryMb'] = {};
  let result: T;
  try {
    result = await work();
  } finally {
    memoryMb = await memory.stop();
  }
  const after = await usageOf(mark);
  return { result, cpuSeconds: totalCpu(after) - totalCpu(before), cpu: cpuBetween(before, after), memoryMb };
}
