/** Messages that nobody can read. */

import { until } from '@hedui/local-parts';
import { encode } from '@msgpack/msgpack';
import { embeddedTopics, eventOf, kafkaTopics } from '../checker/topics.js';
import { openLog } from '../world/inject.js';
import type { World } from '../world/world.js';
import { deaths, duringBatch, type Fault, loadNextDay, type Scene } from './scene.js';

/** Every topic that a service reads. */
const TOPICS = [
  'hedui.source.tax.income',
  'hedui.source.vehicle.registration',
  'hedui.source.housing_fund.account',
  'hedui.source.business_registry.role',
  'hedui.source.civil_affairs.death',
  'hedui.source.civil_affairs.marriage',
  'hedui.source.civil_affairs.assistance',
  'hedui.policies',
  'hedui.verification.requests',
  'hedui.verification.requests.online',
  'hedui.verification.reports',
  'hedui.verification.reports.online',
  'hedui.verification.endings',
  'hedui.pseudonyms',
] as const;
const SINGLE = new Set(['hedui.policies', 'hedui.pseudonyms']);
const REFUSED_BYTES = 5 * 1024 * 1024;

/** What cannot be read, each kind in its own way. */
function poisons({ random }: Scene): Buffer[] {
  const noise = Buffer.from(Array.from({ length: 200 }, () => random.below(256)));
  const envelope = (version: number, type: string, payload: unknown) =>
    Buffer.from(encode([version, type, `poison-${random.below(1e9)}`, 'nobody', 1, 'poison', payload]));
  return [
    noise,
    Buffer.from('{"type": "record.slice", "payload": '),
    envelope(99, 'record.slice', []),
    envelope(1, 'record.slice', ['half']),
    envelope(1, 'verification.requested', { not: 'an array' }),
    Buffer.alloc(0),
  ];
}

interface Letter {
  origin: string;
  consumer: string;
  reason: string;
}

async function letters(world: World): Promise<Letter[]> {
  const topics = world.log === 'kafka' ? kafkaTopics(world.brokers()) : embeddedTopics(world.databaseUrl('hedui_log'));
  try {
    const found: Letter[] = [];
    for (const message of await topics.read('hedui.dead-letter')) {
      const event = eventOf(message);
      if (event?.type !== 'dead.letter') continue;
      const { topic, partition, offset, consumer, reason } = event.payload as Record<string, unknown>;
      found.push({ origin: `${topic}/${partition}/${offset}`, consumer: String(consumer), reason: String(reason) });
    }
    return found;
  } finally {
    await topics.close();
  }
}

/** Whether the log takes a value above what a topic allows. */
async function takesTooLarge(world: World, topic: string): Promise<boolean> {
  const log = await openLog(world);
  try {
    await log.publish([{ topic, partition: 0, key: Buffer.from('poison'), value: Buffer.alloc(REFUSED_BYTES, 7) }]);
    return true;
  } catch {
    return false;
  } finally {
    await log.close();
  }
}

export const poison: Fault = {
  number: 11,
  title: 'poison on every topic: a dead letter with its reason, the partition goes on, nothing restarts',
  async run(scene) {
    const { world, random } = scene;
    const before = deaths(world);
    const known = (await letters(world)).length;
    const sent: string[] = [];
    const log = await openLog(world);
    try {
      for (const topic of TOPICS) {
        for (const value of poisons(scene)) {
          const partition = SINGLE.has(topic) ? 0 : random.below(8);
          const at = (await log.offsets(topic)).find((one) => one.partition === partition);
          if (!at) throw new Error(`${topic} has no partition ${partition}`);
          await log.publish([{ topic, partition, key: Buffer.from('poison'), value }]);
          sent.push(`${topic}/${partition}/${at.end}`);
        }
      }
    } finally {
      await log.close();
    }
    // Work on every topic goes on behind the poison.
    await loadNextDay(scene, 'income', async () => undefined);
    await duringBatch(scene, async () => undefined);
    const told = await until(
      async () => {
        const found = await letters(world);
        const origins = new Set(found.map((letter) => letter.origin));
        return sent.every((origin) => origins.has(origin)) ? found.slice(known) : undefined;
      },
      60_000,
      1_000,
    );
    if (!told) {
      const origins = new Set((await letters(world)).map((letter) => letter.origin));
      throw new Error(`no dead letter of ${sent.filter((origin) => !origins.has(origin)).join(', ')}`);
    }
    const silent = told.filter((letter) => letter.reason === '' || letter.consumer === '');
    if (silent.length > 0) throw new Error(`a dead letter without a reason: ${silent[0]?.origin}`);
    scene.note('dead letters', told.length);
    for (const reason of new Set(told.map((letter) => letter.reason.split(':')[0] ?? '')))
      scene.note(`  ${reason}`, told.filter((letter) => letter.reason.startsWith(reason)).length);
    // The log itself refuses what is larger than a topic allows: such a value can reach no consumer.
    for (const topic of ['hedui.verification.requests', 'hedui.source.tax.income'])
      if (await takesTooLarge(world, topic)) throw new Error(`${topic} takes 5 MB`);
    if (deaths(world) !== before) throw new Error('a service died of poison');
  },
};
