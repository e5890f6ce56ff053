/** One large batch, and strikes that are spread over its way from the first household to the last. */
import { setTimeout as pass } from 'node:timers/promises';
import { until } from '@hedui/local-parts';
import { askBatch, submitTown } from '../world/town.js';
import { batchDone, drained } from '../world/verdict.js';
import { type Scene, underWay } from './scene.js';
import { type LeftOver, STRIKES, type Strike } from './strikes.js';

const BATCH_MS = 1_800_000;
/** Held back so long is each piece to and from PostgreSQL while the batch is ahead of the strikes. */
const SLOW_MS = 300;
const LOOK_MS = 200;

/** Households of the batch that have a report; 0 while nobody can say. */
async function reported({ world }: Scene, id: string): Promise<number> {
  return (await askBatch(world, id))?.counts.reports ?? 0;
}

/** Slows the batch down whenever more of its households have a report than `due` says, so that it is under way for every strike. */
function holdBack(scene: Scene, id: string, due: () => number): { end(): Promise<void> } {
  const { postgres } = scene.world.wires;
  const over = new AbortController();
  const holding = (async () => {
    while (!over.signal.aborted) {
      postgres.delay((await reported(scene, id)) > due() ? SLOW_MS : 0);
      await pass(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
    postgres.delay(0);
  })();
  return {
    end() {
      over.abort();
      return holding;
    },
  };
}

/** One strike that finds something to strike. */
async function strikeOnce(scene: Scene, id: string, left: LeftOver): Promise<Strike> {
  for (;;) {
    await underWay(scene, id);
    const one = scene.random.pick(STRIKES);
    if (await one.strike(scene, left)) return one;
  }
}

/**
 * Submits the town and strikes so many times while its batch runs, the nth time when about n parts of its households have a report.
 * Resolves when the batch is done and every consumer has read what there is; throws when it was done before the last strike.
 */
export async function longBatch(scene: Scene, strikes: number): Promise<void> {
  const { world, town } = scene;
  const left: LeftOver = { copies: [] };
  const began = Date.now();
  const { id } = await submitTown(world, town);
  scene.batches.push(id);
  scene.note('batch received after, ms', Date.now() - began);
  const households = town.households.accepted.size;
  const share = (n: number) => (households * n) / (strikes + 1);
  let over = Date.now();
  let struck = 0;
  const holding = holdBack(scene, id, () => share(struck + 1));
  try {
    for (; struck < strikes; struck++) {
      await until(async () => ((await reported(scene, id)) >= share(struck) ? true : undefined), BATCH_MS, 50);
      const one = await strikeOnce(scene, id, left);
      scene.note(`${one.name}, reports by then`, await reported(scene, id));
    }
    over = Date.now();
  } finally {
    await holding.end();
    for (const copy of left.copies) await copy.stop('SIGTERM');
  }
  await batchDone(world, id, BATCH_MS);
  scene.note('batch done after, ms', Date.now() - began);
  await drained(world, BATCH_MS);
  scene.note('recovery after the last strike, ms', Date.now() - over);
  scene.note('kills', world.kills.count);
}
