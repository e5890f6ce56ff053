import { TOPICS } from '@hedui/contracts';
import { inTransaction } from '@hedui/postgres';
import { eventually } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventLog, enqueue, type OutgoingMessage, type Relay, startRelay } from '../src/index.js';
import { specOf } from './conformance.js';
import { logger, type ServiceWithLog, serviceWithLog } from './transaction.js';

describe('the outbox', () => {
  let service: ServiceWithLog;
  let topic: string;
  const relays: Relay[] = [];
  beforeAll(async () => {
    service = await serviceWithLog();
  }, 60_000);
  afterAll(() => service.close());
  beforeEach(async () => {
    const spec = specOf();
    topic = spec.name;
    await service.log.ensureTopics([spec]);
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  });

  const message = (value: string, partition = 0): OutgoingMessage => ({
    topic,
    partition,
    key: Buffer.from([0, 255]),
    value: Buffer.from(value),
  });
  const put = (...messages: OutgoingMessage[]) => inTransaction(service.pool, (client) => enqueue(client, messages));
  const relay = (log: EventLog = service.log, batch = 3) => {
    const started = startRelay({ pool: service.pool, log, logger, batch });
    relays.push(started);
    return started;
  };
  const waiting = async () => Number((await service.pool.query('SELECT count(*) FROM outbox_message')).rows[0].count);
  const published = async (partition = 0): Promise<string[]> => {
    const values: string[] = [];
    const end = (await service.log.offsets(topic))[partition]?.end ?? 0n;
    if (end === 0n) return [];
    const consumer = await service.log.consume({
      group: topic,
      topics: [topic],
      positions: async () => [],
      handler: async (batch) => {
        if (batch.partition === partition) values.push(...batch.messages.map((m) => m.value.toString()));
      },
    });
    await eventually(() => BigInt(values.length) >= end);
    await consumer.close();
    return values;
  };
  /** A log that refuses for a while, after it has written all the same when `written`. */
  const failing = (times: number, written: boolean): EventLog => ({
    ...service.log,
    publish: async (messages) => {
      if (times-- <= 0) return service.log.publish(messages);
      if (written) await service.log.publish(messages);
      throw new Error('the log is away');
    },
  });

  it('sends a message that no log takes to the dead letters, and those behind it on their way', async () => {
    await service.log.ensureTopics([TOPICS.deadLetter]);
    const before = (await service.log.offsets(TOPICS.deadLetter.name))[0]?.end ?? 0n;
    await put(message('before'), { ...message(''), value: Buffer.alloc(5 * 1024 * 1024) }, message('behind'));
    relay();
    await eventually(async () => (await waiting()) === 0);
    expect(await published()).toEqual(['before', 'behind']);
    expect((await service.log.offsets(TOPICS.deadLetter.name))[0]?.end).toBe(before + 1n);
  });

  it('publishes in order what was committed, and nothing else', async () => {
    await put(...Array.from({ length: 10 }, (_, n) => message(String(n), n % 2)));
    await expect(
      inTransaction(service.pool, async (client) => {
        await enqueue(client, [message('never')]);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    const sender = relay();
    await put(message('late', 1));
    sender.wake();
    await eventually(async () => (await waiting()) === 0);
    expect(await published(0)).toEqual(['0', '2', '4', '6', '8']);
    expect(await published(1)).toEqual(['1', '3', '5', '7', '9', 'late']);
  });

  it('keeps what could not be published, and the order', async () => {
    await put(message('a'), message('b'));
    relay(failing(3, false));
    await put(message('c'));
    await eventually(async () => (await waiting()) === 0);
    expect(await published()).toEqual(['a', 'b', 'c']);
  });

  it('publishes again what may have been published: duplicates, no loss', async () => {
    await put(message('a'), message('b'));
    relay(failing(1, true));
    await eventually(async () => (await waiting()) === 0);
    expect(await published()).toEqual(['a', 'b', 'a', 'b']);
  });

  it('works once, however many relays were started', async () => {
    const several = [relay(), relay(), relay()];
    for (let n = 0; n < 30; n++) {
      await put(message(String(n)));
      for (const each of several) each.wake();
    }
    await eventually(async () => (await waiting()) === 0);
    expect(await published()).toEqual(Array.from({ length: 30 }, (_, n) => String(n)));
  });

  it('gives ids in the order of commits within a partition', async () => {
    let commit: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let isIn: () => void = () => {};
    const entered = new Promise<void>((resolve) => {
      isIn = resolve;
    });
    const slow = inTransaction(service.pool, async (client) => {
      await enqueue(client, [message('first')]);
      isIn();
      await held;
    });
    await entered;
    const quick = put(message('second'));
    await put(message('elsewhere', 1));
    relay();
    await eventually(async () => (await service.log.offsets(topic))[1]?.end === 1n);
    commit();
    await Promise.all([slow, quick]);
    await eventually(async () => (await waiting()) === 0);
    expect(await published()).toEqual(['first', 'second']);
  });
});
