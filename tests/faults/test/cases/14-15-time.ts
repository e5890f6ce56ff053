/** Clocks that are wrong, and a department that has not been heard of. */
import { givenReports, loadFile } from '../world/town.js';
import { loadedWorld } from './loaded-world.js';
import { duringBatch, type Fault, loadNextDay, type Scene } from './scene.js';

const TEN_MINUTES = 600_000;
const DAY_MS = 86_400_000;

export const clockWrong: Fault = {
  number: 14,
  title: "one service's clock is ten minutes off: order is by version and offset, not by time",
  async run(scene) {
    const { random, world } = scene;
    const service = random.pick(['matcher', 'verification', 'reporting', 'tax-source'] as const);
    // Whose clock is behind refuses tokens that were made meanwhile, as it must: only the matcher, which nobody calls, goes on.
    const ms = service === 'matcher' && random.chance(0.5) ? -TEN_MINUTES : TEN_MINUTES;
    scene.note(`${service}, ms`, ms);
    await world.shiftClock(service, ms);
    await loadNextDay(scene, 'income', async () => undefined);
    await duringBatch(scene, async () => undefined);
    // Right again: what it says now is earlier or later than all that it said before.
    await world.shiftClock(service, 0);
    await loadNextDay(scene, 'income', async () => undefined);
    await duringBatch(scene, async () => undefined);
  },
};

/** Days after which the sample policy takes each source to be stale. */
const FRESH_DAYS: Readonly<Record<string, number>> = { tax: 45, vehicle: 35, business_registry: 35 };
const later = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

export const sourceStale: Fault = {
  number: 15,
  title: 'one source is silent until it is stale: reports are incomplete and name it, and never say `meets`',
  alone: true,
  async run(outer) {
    // Of its own: as of the later day some authorisations have run out, so that other households are taken.
    const { scene, remove } = await loadedWorld(outer, { log: outer.world.log });
    try {
      await withOneSilent(scene);
    } finally {
      await remove();
    }
  },
};

async function withOneSilent(scene: Scene): Promise<void> {
  const { world } = scene;
  // Required by every programme of the sample policy; a source that is not may be silent without harm.
  const silent = 'tax';
  const asOf = later(scene.town.asOf, (FRESH_DAYS[silent] ?? 0) + 2);
  // Everybody else says what they said, as of a later day.
  const loads = [];
  for (const load of scene.town.loads) {
    const heard = load.source === silent ? load : { ...load, asOf };
    if (heard !== load) await loadFile(world, scene.town, heard);
    loads.push(heard);
  }
  const earlier = scene.town.asOf;
  scene.town = { ...scene.town, loads, asOf };
  await duringBatch(scene, async () => undefined);
  const id = scene.batches.at(-1) ?? '';
  const answer = await givenReports(world, id);
  const counts = { incomplete: 0, other: 0 };
  for (const report of answer) {
    if (report.conclusion === 'meets')
      throw new Error(`a report says \`meets\` without having heard a source: ${JSON.stringify(report.sources)}`);
    const missing = report.sources.filter((source) => source.state !== 'answered').map(({ source }) => source);
    if (missing.join() !== silent) throw new Error(`a report names ${missing.join() || 'nobody'}, not ${silent}`);
    if (report.conclusion === 'incomplete') counts.incomplete++;
    else counts.other++;
  }
  if (counts.incomplete === 0) throw new Error('no report is incomplete');
  scene.note('incomplete reports', counts.incomplete);
  // It speaks again, and everything is as before.
  const spoken = [];
  for (const load of scene.town.loads) {
    const now = load.source === silent ? { ...load, asOf } : load;
    if (now !== load) await loadFile(world, scene.town, now);
    spoken.push(now);
  }
  scene.town = { ...scene.town, loads: spoken };
  await duringBatch(scene, async () => undefined);
  const given = await givenReports(world, scene.batches.at(-1) ?? '');
  if (!given.some((report) => report.conclusion === 'meets')) throw new Error('nobody meets after all was heard');
  scene.note('as of, days later', Math.round((Date.parse(asOf) - Date.parse(earlier)) / DAY_MS));
}
