import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadedWorld } from './cases/loaded-world.js';
import type { Scene } from './cases/scene.js';
import { duringBatch } from './cases/scene.js';
import { PLANTS } from './planted/plants.js';
import { randomFrom } from './world/random.js';
import { makeTown } from './world/town.js';
import { judge } from './world/verdict.js';

/** That the checker sees what is wrong, and says which invariant it breaks: each defect is planted, judged, and taken out again. */
describe('planted defects', () => {
  const open: { scene?: Scene; remove?: () => Promise<void> } = {};
  const breaches = async () => {
    const { scene } = open;
    if (!scene) throw new Error('there is no world');
    return await judge(scene.world, scene.town, scene.batches);
  };

  beforeAll(async () => {
    const loaded = await loadedWorld(
      { random: randomFrom(7), long: false, note: () => undefined },
      { log: 'postgres', town: (folder) => makeTown(folder, { seed: 7, households: 150, bystanders: 30 }) },
    );
    open.scene = loaded.scene;
    open.remove = loaded.remove;
    await duringBatch(loaded.scene, async () => undefined);
  }, 360_000);

  afterAll(async () => {
    await open.remove?.();
  }, 120_000);

  it('finds nothing where nothing is planted', async () => {
    expect(await breaches()).toEqual([]);
  }, 120_000);

  it.each(PLANTS)(
    '$invariant: $title',
    async ({ invariant, plant }) => {
      const { scene } = open;
      if (!scene) throw new Error('there is no world');
      const takeOut = await plant(scene);
      const found = await breaches();
      await takeOut();
      expect([...new Set(found.map((breach) => breach.invariant))]).toEqual([invariant]);
      expect(await breaches()).toEqual([]);
    },
    300_000,
  );
});
