import path from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { loadTown, makeTown, publishPolicy, submitTown } from './world/town.js';
import { batchDone, judge } from './world/verdict.js';
import { startWorld, type World } from './world/world.js';

let world: World | undefined;
afterAll(() => world?.remove(), 60_000);

it('fault 4: the matcher is killed before its commit', async () => {
  world = await startWorld({ log: 'postgres' });
  const town = await makeTown(path.join(world.home, 'town'), { seed: 7, households: 3000, bystanders: 500 });
  await publishPolicy(world);
  await loadTown(world, town);
  await world.plan('matcher', {
    statement: '^commit',
    in: 'outbox_message|outbox:',
    at: 'before',
    count: 2,
    action: 'kill',
  });
  const { id } = await submitTown(world, town);
  await world.happened('matcher');
  await batchDone(world, id);
  expect(await judge(world, town, [id])).toEqual([]);
}, 300_000);
