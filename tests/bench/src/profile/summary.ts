import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
  }[];
  samples: number[];
  timeDeltas: number[];
}

/** Own time of one function in one process. */
export interface FunctionTime {
  process: string;
  name: string;
  place: string;
  milliseconds: number;
}

const NOT_WORK = new Set(['(idle)', '(root)', '(program)']);

/** Own time by function of one profile, the largest first; waiting is left out. */
export function functionTimes(process: string, profile: CpuProfile): FunctionTime[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const times = new Map<string, FunctionTime>();
  profile.samples.forEach((id, at) => {
    const frame = nodes.get(id);
    if (frame === undefined || NOT_WORK.has(frame.functionName)) return;
    const place = frame.url === '' ? '' : `${shortUrl(frame.url)}:${frame.lineNumber + 1}`;
    const name = frame.functionName || '(anonymous)';
    const key = `${name} ${place}`;
    const found = times.get(key) ?? { process, name, place, milliseconds: 0 };
    found.milliseconds += (profile.timeDeltas[at] ?? 0) / 1000;
    times.set(key, found);
  });
  return [...times.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

const shortUrl = (url: string): string =>
  url.replace(/^.*\/(?=(?:packages|services|node_modules)\/)/, '').replace(/\/dist\//, '/');

/** The profiles of a folder as a text: for each process its time on the processor and its `top` functions, per household too. */
export async function profileSummary(folder: string, households: number, top = 25): Promise<string> {
  const lines: string[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile')).sort()) {
    const profile = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as CpuProfile;
    const times = functionTimes(file, profile);
    const total = times.reduce((sum, time) => sum + time.milliseconds, 0);
    const micros = (milliseconds: number): string => ((milliseconds * 1000) / households).toFixed(2).padStart(8);
    lines.push(`${file}: ${total.toFixed(0)} ms, ${micros(total).trim()} µs a household`);
    for (const { name, place, milliseconds } of times.slice(0, top))
      lines.push(
        `${micros(milliseconds)} µs ${((100 * milliseconds) / total).toFixed(1).padStart(5)}%  ${name}  ${place}`,
      );
    lines.push('');
  }
  return lines.join('\n');
}
