import type { LogKind } from '../world/launcher.js';
import type { Random } from '../world/random.js';
import { submitTown, type Town } from '../world/town.js';
import { batchDone } from '../world/verdict.js';
import type { World, WorldOptions } from '../world/world.js';

/** A world with a town that has been loaded, and what has been done in it. */
export interface Scene {
  readonly world: World;
  /** Changes when a fault loads newer files. */
  town: Town;
  readonly random: Random;
  /** Every batch, in the order of making: all are judged. */
  readonly batches: string[];
  /** Notes a figure for the report of the run, such as how long recovery took. */
  note(what: string, value: number): void;
}

/** One fault of faults.md's list, as this repository tells it in its README. */
export interface Fault {
  number: number;
  title: string;
  /** Logs that it applies to; left out: both. */
  logs?: readonly LogKind[];
  /** A world of its own, when the shared one would not do. */
  world?: Omit<WorldOptions, 'log'>;
  run(scene: Scene): Promise<void>;
}

/** Submits the town, does `meanwhile` while the batch runs, and waits for its end. */
export async function duringBatch(scene: Scene, meanwhile: (batchId: string) => Promise<void>): Promise<void> {
  const { id } = await submitTown(scene.world, scene.town);
  scene.batches.push(id);
  await meanwhile(id);
  scene.note('batch done after, ms', await batchDone(scene.world, id));
}
