/** Everything at once, in an order that a seed draws. */
import { setTimeout as pass } from 'node:timers/promises';
import { until } from '@hedui/local-parts';
import { loadFile, nextDay, submitTown } from '../world/town.js';
import { batchDone, drained, judge } from '../world/verdict.js';
import { longBatch } from './20-long-batch.js';
import type { Fault, Scene } from './scene.js';
import { type LeftOver, STRIKES } from './strikes.js';

const TYPES = ['income', 'registration', 'account', 'role', 'marriage', 'assistance'] as const;
/** A batch through a round of faults: killed connections alone cost half a minute each. */
const BATCH_MS = 600_000;

interface BatchLine {
  id: string;
  state: string;
}

/** Every batch that the mesh knows, the oldest first: a submission may have been taken though its answer was lost. */
async function everyBatch({ world }: Scene): Promise<string[]> {
  const found: BatchLine[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { items: BatchLine[]; next: string | null } = await until(
      async () => {
        const answer = await world.fetch(`/v1/batches?limit=100${query}`).catch(() => null);
        return answer?.ok ? ((await answer.json()) as { items: BatchLine[]; next: string | null }) : undefined;
      },
      120_000,
      500,
    ).then((read) => {
      if (!read) throw new Error('the batches cannot be listed');
      return read;
    });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return found
    .filter(({ state }) => state === 'running' || state === 'done')
    .map(({ id }) => id)
    .reverse();
}

/** One to four strikes, each after a moment. */
async function strikes(scene: Scene, left: LeftOver, told: string[]): Promise<void> {
  const { random } = scene;
  for (let n = 1 + random.below(4); n > 0; n--) {
    await pass(random.below(2_500));
    const one = random.pick(STRIKES);
    const struck = await one.strike(scene, left);
    told.push(`${one.name} (${struck ?? 'nothing to strike'})`);
  }
}

/** A day: departments send, a batch runs, and things break. Then everything must be as the model says. */
async function round(scene: Scene, left: LeftOver): Promise<number> {
  const { random, world } = scene;
  const told: string[] = [];
  const loading = async () => {
    for (let n = random.below(3); n > 0; n--) {
      const { town, load } = await nextDay(scene.town, random.pick(TYPES), random);
      await loadFile(world, town, load);
      scene.town = town;
    }
  };
  const verifying = async () => {
    await pass(random.below(1_500));
    await submitTown(world, scene.town);
  };
  // All of them come to their end, whichever fails: nothing may go on striking a world that is being taken down.
  const ends = await Promise.allSettled([loading(), verifying(), strikes(scene, left, told)]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  const over = Date.now();
  scene.batches.splice(0, scene.batches.length, ...(await everyBatch(scene)));
  for (const id of scene.batches) await batchDone(world, id, BATCH_MS);
  scene.note('batches done after, ms', Date.now() - over);
  await drained(world, BATCH_MS);
  const recovery = Date.now() - over;
  scene.note(`recovered from ${told.join(', ')} after, ms`, recovery);
  const breaches = await judge(world, scene.town, scene.batches);
  if (breaches.length > 0) throw new Error(`after ${told.join(', ')}: ${JSON.stringify(breaches, null, 2)}`);
  return recovery;
}

export const interleaved: Fault = {
  number: 20,
  title: 'random interleavings of 1 to 12 while departments send and batches run: the state of a simple model',
  async run(scene) {
    const strikesOnOne = Number(process.env.HEDUI_FAULTS_STRIKES ?? 0);
    if (strikesOnOne > 0) return await longBatch(scene, strikesOnOne);
    const minutes = Number(process.env.HEDUI_FAULTS_MINUTES ?? (scene.long ? 30 : 2));
    const end = Date.now() + minutes * 60_000;
    const left: LeftOver = { copies: [] };
    let longest = 0;
    let rounds = 0;
    try {
      do {
        longest = Math.max(longest, await round(scene, left));
        rounds++;
      } while (Date.now() < end);
    } finally {
      for (const copy of left.copies) await copy.stop('SIGTERM');
      scene.note('rounds', rounds);
      scene.note('kills', scene.world.kills.count);
      scene.note('longest recovery, ms', longest);
    }
  },
};
