import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FAULTS } from './cases/index.js';
import type { Scene } from './cases/scene.js';
import type { LogKind } from './world/launcher.js';
import { randomFrom } from './world/random.js';
import { loadTown, makeTown, publishPolicy } from './world/town.js';
import { judge } from './world/verdict.js';
import { startWorld } from './world/world.js';

/** `npm run faults` sets these; without them the short form runs. */
const wanted = (process.env.HEDUI_FAULTS ?? '').split(',').filter(Boolean).map(Number);
const logs = (process.env.HEDUI_FAULTS_LOG ?? 'postgres').split(',') as LogKind[];
const seed = Number(process.env.HEDUI_FAULTS_SEED ?? 1);
const households = Number(process.env.HEDUI_FAULTS_HOUSEHOLDS ?? 2500);

const chosen = FAULTS.filter((fault) => wanted.length === 0 || wanted.includes(fault.number));

describe.each(logs)('faults on the log in %s', (log) => {
  const open: { scene?: Scene } = {};
  const figures: string[] = [];

  beforeAll(async () => {
    const world = await startWorld({ log });
    const random = randomFrom(seed);
    open.scene = {
      world,
      town: await makeTown(path.join(world.home, 'town'), { seed, households, bystanders: 500 }),
      random,
      batches: [],
      note: (what, value) => void figures.push(`${what}: ${value}`),
    };
    await publishPolicy(world);
    await loadTown(world, open.scene.town);
  }, 240_000);

  afterAll(async () => {
    process.stdout.write(`seed ${seed}, ${log}\n${figures.map((line) => `  ${line}\n`).join('')}`);
    await open.scene?.world.remove();
  }, 60_000);

  it.each(chosen.filter((fault) => fault.logs?.includes(log) ?? true))(
    'fault $number: $title',
    async (fault) => {
      const { scene } = open;
      if (!scene) throw new Error('there is no world');
      figures.push(`fault ${fault.number}`);
      await fault.run(scene);
      expect(await judge(scene.world, scene.town, scene.batches)).toEqual([]);
    },
    600_000,
  );
});
