/** A source killed at the worst places: around its commit, and around the send. */
import pg from 'pg';
import { embeddedTopics, eventOf, kafkaTopics, type TopicReader } from '../checker/topics.js';
import type { World } from '../world/world.js';
import { type Fault, loadNextDay } from './scene.js';

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

/** What can be seen of a source while its process lies frozen. */
async function seen(world: World, source: string, topic: string): Promise<{ loads: number; messages: number }> {
  return { loads: await storedLoads(world, source), messages: (await slicesOn(world, topic)).messages };
}

export const killedBeforeCommit: Fault = {
  number: 1,
  title: 'a source is killed before its transaction commits: neither rows nor events',
  async run(scene) {
    const { world } = scene;
    const topic = 'hedui.source.vehicle.registration';
    const before = await seen(world, 'vehicle', topic);
    const plan = { statement: '^commit', in: "state = 'stored'", at: 'before', action: 'freeze' } as const;
    await world.plan('vehicle-source', plan);
    await loadNextDay(scene, 'registration', async () => {
      const pid = await world.happened('vehicle-source');
      const then = await seen(world, 'vehicle', topic);
      process.kill(pid, 'SIGKILL');
      if (then.loads !== before.loads) throw new Error('a load can be seen that was not committed');
      if (then.messages !== before.messages) throw new Error('events were sent of a load that was never stored');
    });
  },
};

export const killedBeforeSend: Fault = {
  number: 2,
  title: 'a source is killed after the commit and before the send: the event arrives after the restart',
  async run(scene) {
    const { world } = scene;
    const topic = 'hedui.source.housing_fund.account';
    const before = await seen(world, 'housing_fund', topic);
    const plan = { statement: '^commit', in: "state = 'stored'", at: 'after', action: 'freeze' } as const;
    await world.plan('housing-fund-source', plan);
    await loadNextDay(scene, 'account', async () => {
      const pid = await world.happened('housing-fund-source');
      const then = await seen(world, 'housing_fund', topic);
      process.kill(pid, 'SIGKILL');
      if (then.loads !== before.loads + 1) throw new Error('the load was not committed: the fault missed its place');
      if (then.messages !== before.messages) throw new Error('events were sent already: the fault missed its place');
    });
    if ((await seen(world, 'housing_fund', topic)).messages <= before.messages)
      throw new Error('the events of the committed load never came');
  },
};

export const killedBeforeMark: Fault = {
  number: 3,
  title: 'a source is killed after the send and before it is marked: a duplicate on the topic, one effect',
  async run(scene) {
    const { world } = scene;
    const topic = 'hedui.source.business_registry.role';
    const plan = { statement: '^delete from slice_pending', at: 'before', action: 'kill' } as const;
    await world.plan('business-registry-source', plan);
    await loadNextDay(scene, 'role', async () => {
      await world.happened('business-registry-source');
    });
    const { messages, distinct } = await slicesOn(world, topic);
    if (messages <= distinct) throw new Error('nothing was sent twice: the fault did not happen where it should');
    scene.note('slices sent twice', messages - distinct);
  },
};
