import type { LogKind } from '../world/launcher.js';
import type { Random } from '../world/random.js';
import { askBatch, loadFile, nextDay, submitTown, type Town } from '../world/town.js';
import { batchDone } from '../world/verdict.js';
import type { World } from '../world/world.js';

/** A world with a town that has been loaded, and what has been done in it. */
export interface Scene {
  readonly world: World;
  /** Changes when a fault loads newer files. */
  town: Town;
  readonly random: Random;
  /** Every batch, in the order of making: all are judged. */
  readonly batches: string[];
  /** The long form: larger files, longer pauses. */
  readonly long: boolean;
  /** Notes a figure for the report of the run, such as how long recovery took. */
  note(what: string, value: number): void;
}

/** A fault by its number in this folder's README. */
export interface Fault {
  number: number;
  title: string;
  /** Logs that it applies to; left out: both. */
  logs?: readonly LogKind[];
  /** Makes and ends a world of its own: the shared one would not do. It judges itself. */
  alone?: true;
  run(scene: Scene): Promise<void>;
}

/** Throws when a batch is done: what was to hit it came too late. */
export async function underWay(scene: Scene, id: string): Promise<void> {
  const batch = await askBatch(scene.world, id);
  if (batch?.state === 'done') throw new Error('the batch was done before the fault: take more households');
}

export interface Pace {
  /** Milliseconds that each piece to and from PostgreSQL is held back while the fault happens. */
  slowMs?: number;
  /** Milliseconds that storing a chunk's reports hangs before its commit: `meanwhile` begins then, so that the batch is surely under way. */
  holdMs?: number;
}

/** Submits the town, does `meanwhile` while the batch runs, and waits for its end. */
export async function duringBatch(
  scene: Scene,
  meanwhile: (batchId: string) => Promise<void>,
  { slowMs = 0, holdMs = 0 }: Pace = {},
): Promise<void> {
  const { world } = scene;
  if (holdMs > 0)
    await world.plan('verification', {
      statement: '^commit',
      in: 'chunk_report',
      at: 'before',
      action: 'hang',
      ms: holdMs,
    });
  const { id } = await submitTown(world, scene.town);
  scene.batches.push(id);
  if (holdMs > 0) await world.happened('verification');
  world.wires.postgres.delay(slowMs);
  try {
    await meanwhile(id);
  } finally {
    world.wires.postgres.delay(0);
  }
  scene.note('batch done after, ms', await batchDone(world, id));
}

/** Loads the next day's file of a type; the town is that of the next day when it has been applied. */
export async function loadNextDay(scene: Scene, type: string, meanwhile: () => Promise<void>): Promise<void> {
  const { town, load } = await nextDay(scene.town, type, scene.random);
  await Promise.all([loadFile(scene.world, town, load), meanwhile()]);
  scene.town = town;
}

/** How often the launcher has said that something ended by itself. */
export function deaths(world: World): number {
  return world.printed.filter((line) => /has ended by itself/.test(line)).length;
}
