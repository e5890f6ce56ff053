/** A log that gives everything several times, and a person's versions in any order. */
import { embeddedTopics, eventOf, kafkaTopics, type Message } from '../checker/topics.js';
import { inject } from '../world/inject.js';
import type { Random } from '../world/random.js';
import { duringBatch, type Fault, loadNextDay, type Scene } from './scene.js';

/** A shuffled copy. */
function shuffled<T>(list: readonly T[], random: Random): T[] {
  const left = [...list];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(random.below(left.length), 1));
  return out;
}

const isSlice = (message: Message): boolean => eventOf(message)?.type === 'record.slice';

/** Everything that topics with such names hold, as it lies there. */
async function heldBy({ world }: Scene, wanted: RegExp): Promise<Message[][]> {
  const topics = world.log === 'kafka' ? kafkaTopics(world.brokers()) : embeddedTopics(world.databaseUrl('hedui_log'));
  try {
    const found: Message[][] = [];
    for (const name of await topics.names()) if (wanted.test(name)) found.push(await topics.read(name));
    return found;
  } finally {
    await topics.close();
  }
}

/** Puts a topic's messages in again, twice: once with slices in any order, once in the order that they had. */
async function again(scene: Scene, messages: readonly Message[]): Promise<number> {
  const slices = messages.filter(isSlice);
  const others = messages.filter((message) => !isSlice(message));
  // What was compacted keeps the last message of a key: the order that they had comes last, as no reader may find an old version newest.
  await inject(scene.world, [...shuffled(slices, scene.random), ...others, ...messages]);
  return slices.length + others.length + messages.length;
}

const RECORDS = /^hedui\.source\./;
const WORK = /^hedui\.verification\.(requests|reports)/;

export const everythingThrice: Fault = {
  number: 10,
  title: "every message comes three times, one person's versions in any order: one effect, the newest version wins",
  async run(scene) {
    const { random } = scene;
    const types = ['income', 'registration', 'account', 'role', 'marriage', 'assistance'] as const;
    await loadNextDay(scene, random.pick(types), async () => undefined);
    await loadNextDay(scene, random.pick(types), async () => undefined);
    let repeated = 0;
    const repeat = async (wanted: RegExp) => {
      for (const messages of await heldBy(scene, wanted)) repeated += await again(scene, messages);
    };
    await repeat(RECORDS);
    await duringBatch(
      scene,
      async () => {
        await repeat(WORK);
      },
      { holdMs: 5_000 },
    );
    await repeat(WORK);
    scene.note('messages repeated', repeated);
  },
};
