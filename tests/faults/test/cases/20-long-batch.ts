/** One large batch, and strikes that are spread over its way from the first household to the last. */
import { until } from '@hedui/local-parts';
import { askBatch, submitTown } from '../world/town.js';
import { batchDone, drained } from '../world/verdict.js';
import { type Scene, underWay } from './scene.js';
import { type LeftOver, STRIKES, type Strike } from './strikes.js';

const BATCH_MS = 1_800_000;
/** Held back so long is each piece to and from PostgreSQL while the batch is ahead of the strikes. */
const SLOW_MS = 20;

/** Households of the batch that have a report; 0 while nobody can say. */
async function reported({ world }: Scene, id: string): Promise<number> {
  return (await askBatch(world, id))?.counts.reports ?? 0;
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
  let over = Date.now();
  try {
    for (let n = 0; n < strikes; n++) {
      const due = (households * n) / (strikes + 1);
      await until(async () => ((await reported(scene, id)) >= due ? true : undefined), BATCH_MS, 50);
      const ahead = (await reported(scene, id)) > (households * (n + 1)) / (strikes + 1);
      world.wires.postgres.delay(ahead ? SLOW_MS : 0);
      const one = await strikeOnce(scene, id, left);
      scene.note(`${one.name}, reports by then`, await reported(scene, id));
    }
    over = Date.now();
  } finally {
    world.wires.postgres.delay(0);
    for (const copy of left.copies) await copy.stop('SIGTERM');
  }
  await batchDone(world, id, BATCH_MS);
  scene.note('batch done after, ms', Date.now() - began);
  await drained(world, BATCH_MS);
  scene.note('recovery after the last strike, ms', Date.now() - over);
  scene.note('kills', world.kills.count);
}
