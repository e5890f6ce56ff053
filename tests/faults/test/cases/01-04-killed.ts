/** Processes killed at the worst place: around the commit and around the send. */
import pg from 'pg';
import { embeddedTopics, eventOf, kafkaTopics, type TopicReader } from '../checker/topics.js';
import { loadFile, nextDay } from '../world/town.js';
import type { World } from '../world/world.js';
import { duringBatch, type Fault, type Scene } from './scene.js';

function topicsOf(world: World): TopicReader {
  return world.log === 'kafka' ? kafkaTopics(world.brokers()) : embeddedTopics(world.databaseUrl('hedui_log'));
}

/** Slices on a topic: how many messages, and how many of them tell something that no other tells. */
async function slicesOn(world: World, topic: string): Promise<{ messages: number; distinct: number }> {
  const topics = topicsOf(world);
  try {
    const told: string[] = [];
    for (const message of await topics.read(topic)) {
      const event = eventOf(message);
      if (event?.type !== 'record.slice') continue;
      const [, , epoch, counter] = event.payload as unknown[];
      told.push(`${message.key.toString('hex')} ${String(epoch)}.${String(counter)}`);
    }
    return { messages: told.length, distinct: new Set(told).size };
  } finally {
    await topics.close();
  }
}

async function storedLoads(world: World, source: string): Promise<number> {
  const db = new pg.Client({ connectionString: world.databaseUrl(`hedui_${source}`) });
  await db.connect();
  try {
    const { rows } = await db.query<{ n: number }>('SELECT count(*)::int AS n FROM load WHERE seq IS NOT NULL');
    return rows[0]?.n ?? 0;
  } finally {
    await db.end();
  }
}

/** Loads the next day's file of a type; the town is that of the next day when it has been applied. */
async function loadNextDay(scene: Scene, type: string, meanwhile: () => Promise<void>): Promise<void> {
  const { town, load } = await nextDay(scene.town, type, scene.random);
  await Promise.all([loadFile(scene.world, town, load), meanwhile()]);
  scene.town = town;
}

export const killedBeforeCommit: Fault = {
  number: 1,
  title: 'a source is killed before its transaction commits: neither rows nor events',
  async run(scene) {
    const { world } = scene;
    const before = await storedLoads(world, 'vehicle');
    const told = await slicesOn(world, 'hedui.source.vehicle.registration');
    await world.plan('vehicle-source', {
      statement: '^commit',
      in: "state = 'stored'",
      at: 'before',
      action: 'kill',
    });
    await loadNextDay(scene, 'registration', async () => {
      await world.happened('vehicle-source');
      // The service comes back within a second or two; what is read now was left by the one that died.
      const after = await storedLoads(world, 'vehicle');
      const now = await slicesOn(world, 'hedui.source.vehicle.registration');
      const back = after > before;
      if (!back && now.messages !== told.messages) throw new Error('events were sent of a load that was never stored');
    });
  },
};

export const killedBeforeSend: Fault = {
  number: 2,
  title: 'a source is killed after the commit and before the send: the event arrives after the restart',
  async run(scene) {
    const { world } = scene;
    await world.plan('housing-fund-source', {
      statement: '^commit',
      in: "state = 'stored'",
      at: 'after',
      action: 'kill',
    });
    await loadNextDay(scene, 'account', () => world.happened('housing-fund-source'));
  },
};

export const killedBeforeMark: Fault = {
  number: 3,
  title: 'a source is killed after the send and before it is marked: a duplicate on the topic, one effect',
  async run(scene) {
    const { world } = scene;
    const topic = 'hedui.source.business_registry.role';
    await world.plan('business-registry-source', {
      statement: '^delete from slice_pending',
      at: 'before',
      action: 'kill',
    });
    await loadNextDay(scene, 'role', () => world.happened('business-registry-source'));
    const { messages, distinct } = await slicesOn(world, topic);
    if (messages <= distinct) throw new Error('nothing was sent twice: the fault did not happen where it should');
    scene.note('slices sent twice', messages - distinct);
  },
};

export const matcherKilled: Fault = {
  number: 4,
  title: 'the matcher is killed before its commit: worked again, the same state',
  run: (scene) =>
    duringBatch(scene, async () => {
      const { world, random } = scene;
      await world.plan('matcher', {
        statement: '^commit',
        in: 'outbox_message|outbox:',
        at: 'before',
        count: 1 + random.below(2),
        action: 'kill',
      });
      await world.happened('matcher');
    }),
};
