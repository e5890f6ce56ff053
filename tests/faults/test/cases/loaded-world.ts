import path from 'node:path';
import { loadTown, makeTown, publishPolicy, type Town } from '../world/town.js';
import { startWorld, type WorldOptions } from '../world/world.js';
import type { Scene } from './scene.js';

export interface LoadedOptions extends WorldOptions {
  town?: (folder: string) => Promise<Town>;
}

/** A world with its town loaded, whose seed, notes and length are those of the run. */
export async function loadedWorld(
  run: Pick<Scene, 'random' | 'note' | 'long'>,
  { town = (folder) => makeTown(folder, { seed: 1, households: 300, bystanders: 100 }), ...options }: LoadedOptions,
): Promise<{ scene: Scene; remove(): Promise<void> }> {
  const world = await startWorld(options);
  try {
    const { long, note, random } = run;
    const scene: Scene = { world, town: await town(path.join(world.home, 'town')), random, batches: [], long, note };
    await publishPolicy(world);
    await loadTown(world, scene.town);
    return { scene, remove: () => world.remove() };
  } catch (error) {
    await world.remove();
    throw error;
  }
}
