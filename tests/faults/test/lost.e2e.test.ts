import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadedWorld } from './cases/loaded-world.js';
import { LOSSES } from './cases/lost.js';
import { duringBatch, type Scene } from './cases/scene.js';
import { askedLogs } from './world/launcher.js';
import { randomFrom } from './world/random.js';
import { makeTown } from './world/town.js';
import { judge } from './world/verdict.js';

const env = process.env;
/** Part of `npm test` on the embedded log with a small town; `npm run faults -- --lost` runs it on both. */
const logs = askedLogs();
const seed = Number(env.HEDUI_FAULTS_SEED ?? 3);
const households = Number(env.HEDUI_FAULTS_HOUSEHOLDS ?? 300);
const LOSS_MS = 900_000;

/** That the mesh can be rebuilt from what is left: afterwards the checker finds all invariants kept, for what was before and what came after. */
describe.each(logs)('a part that is lost altogether, on the log in %s', (log) => {
  const open: { scene?: Scene; remove?: () => Promise<void> } = {};
  const figures: string[] = [];

  beforeAll(async () => {
    const loaded = await loadedWorld(
      {
        random: randomFrom(seed),
        long: false,
        note: (what, value) => void figures.push(`  ${what}: ${value}`),
      },
      { log, town: (folder) => makeTown(folder, { seed, households, bystanders: Math.ceil(households / 5) }) },
    );
    open.scene = loaded.scene;
    open.remove = loaded.remove;
    await duringBatch(loaded.scene, async () => undefined);
  }, LOSS_MS);

  afterAll(async () => {
    process.stdout.write(`${[`lost parts, seed ${seed}, ${log}, ${households} households`, ...figures].join('\n')}\n`);
    await open.remove?.();
  }, 120_000);

  it.each(LOSSES)(
    '$what',
    async ({ what, run }) => {
      const { scene } = open;
      if (!scene) throw new Error('there is no world');
      figures.push(`  ${what.split(':')[0]}`);
      await run(scene);
      expect(await judge(scene.world, scene.town, scene.batches)).toEqual([]);
      await duringBatch(scene, async () => undefined);
      expect(await judge(scene.world, scene.town, scene.batches)).toEqual([]);
    },
    LOSS_MS,
  );
});
