import { type CorrelationId, deadLetterSchema, decodeEvent, encodeEvent, TOPICS } from '@hedui/contracts';
import type { Client } from '@hedui/postgres';
import { eventually, uniqueName } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  consumeInTransaction,
  type LogConsumer,
  type OutgoingMessage,
  type TransactionalConsumer,
} from '../src/index.js';
import { specOf } from './conformance.js';
import { effects, logger, type ServiceWithLog, serviceWithLog } from './transaction.js';

const say = async (client: Client, what: readonly string[]) => {
  for (const said of what) await client.query('INSERT INTO effect (said) VALUES ($1)', [said]);
};

describe('consuming in a transaction', () => {
  let service: ServiceWithLog;
  let topic: string;
  const consumers: LogConsumer[] = [];
  beforeAll(async () => {
    service = await serviceWithLog();
    await service.log.ensureTopics([TOPICS.deadLetter]);
  }, 60_000);
  afterAll(() => service.close());
  beforeEach(async () => {
    const spec = specOf({ partitions: 1 });
    topic = spec.name;
    await service.log.ensureTopics([spec]);
    await service.pool.query('TRUNCATE effect');
  });
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));
  });

  const message = (value: string | Buffer): OutgoingMessage => ({
    topic,
    partition: 0,
    key: Buffer.from('k'),
    value: Buffer.from(value),
  });
  const start = async <A>(over: Pick<TransactionalConsumer<A>, 'apply'> & Partial<TransactionalConsumer<A>>) => {
    const { pool, log } = service;
    const consumer = await consumeInTransaction({
      log,
      pool,
      logger,
      group: uniqueName('group'),
      topics: [topic],
      ...over,
    });
    consumers.push(consumer);
    return consumer;
  };
  const said = (count: number) =>
    eventually(async () => (await effects(service.pool)).length >= count, { what: `${count} effects` });

  it('commits the effect with the position, and tells what follows after it', async () => {
    const { log, pool } = service;
    await log.publish([message('a'), message('b')]);
    const told: number[] = [];
    const group = uniqueName('group');
    const apply: TransactionalConsumer<number>['apply'] = async (client, fresh) => {
      await say(
        client,
        fresh.map((m) => m.value.toString()),
      );
      return fresh.length;
    };
    const first = await start({ group, apply, afterCommit: (count) => void told.push(count) });
    await said(2);
    await eventually(() => told.length > 0);
    await first.close();
    await log.publish([message('c')]);
    await start({ group, apply });
    await said(3);
    expect(await effects(pool)).toEqual(['a', 'b', 'c']);
    expect(told).toEqual([2]);
  });

  it('leaves nothing of a batch that failed, and does it again', async () => {
    await service.log.publish([message('a'), message('b')]);
    let attempts = 0;
    await start({
      apply: async (client, fresh) => {
        await say(
          client,
          fresh.map((m) => m.value.toString()),
        );
        if (++attempts < 3) throw new Error('not yet');
      },
    });
    await said(2);
    expect(attempts).toBe(3);
    expect(await effects(service.pool)).toEqual(['a', 'b']);
  });

  it('sends what cannot be read to the dead-letter topic and goes on', async () => {
    const { log } = service;
    const letters: unknown[] = [];
    const dead = await log.consume({
      group: uniqueName('group'),
      topics: [TOPICS.deadLetter.name],
      positions: async () => [],
      handler: async (batch) => {
        for (const each of batch.messages) letters.push(deadLetterSchema.parse(decodeEvent(each.value).payload));
      },
    });
    consumers.push(dead);
    const good = encodeEvent({
      id: 'e1',
      type: 'load.begin',
      schemaVersion: 1,
      producedBy: 'test',
      occurredAt: 0,
      correlationId: 'c' as CorrelationId,
      payload: 'good',
    });
    await log.publish([message('{"bad":'), message(good), message(Buffer.alloc(900_000, 7))]);
    const group = uniqueName('group');
    await start({
      group,
      apply: async (client, fresh, { decodeOrDeadLetter }) => {
        const read = decodeOrDeadLetter(fresh, (m) => decodeEvent(m.value));
        await say(
          client,
          read.map(({ value }) => String(value.payload)),
        );
      },
    });
    await said(1);
    await eventually(() => letters.length === 2);
    expect(letters[0]).toMatchObject({ topic, partition: 0, offset: '0', consumer: group, reason: 'NOT_MESSAGEPACK' });
    expect(letters[1]).toMatchObject({ offset: '2' });
    expect(await effects(service.pool)).toEqual(['good']);
  });

  it('sets the position back, with the state, when the topic is another', async () => {
    const { log, pool } = service;
    await log.publish([message('old')]);
    const group = uniqueName('group');
    const resets: string[] = [];
    const options = {
      group,
      apply: async (client: Client, fresh: readonly { value: Buffer }[]) =>
        say(
          client,
          fresh.map((m) => m.value.toString()),
        ),
      onReset: async (client: Client, { reason }: { reason: string }) => {
        resets.push(reason);
        await client.query('DELETE FROM effect');
      },
    };
    const end = (await log.offsets(topic)).reduce((sum, one) => sum + Number(one.end), 0);
    // What is there before a reset is committed looks as it does when everything was applied again: the position does not.
    const appliedAgain = async (times: number): Promise<boolean> => {
      const { rows } = await pool.query<{ next: number; other: boolean }>(
        `SELECT sum(next_offset)::int AS next, bool_or(generation = 'another') AS other FROM log_position WHERE consumer_group = $1`,
        [group],
      );
      return resets.length === times && rows[0]?.next === end && rows[0].other === false;
    };
    const first = await start(options);
    await said(1);
    await first.close();
    await pool.query(`UPDATE log_position SET generation = 'another' WHERE consumer_group = $1`, [group]);
    const second = await start(options);
    await eventually(() => appliedAgain(1));
    await second.close();
    await pool.query('UPDATE log_position SET next_offset = 77 WHERE consumer_group = $1', [group]);
    await start(options);
    await eventually(() => appliedAgain(2));
    expect(resets).toEqual(['NEW_GENERATION', 'OUT_OF_RANGE']);
    expect(await effects(pool)).toEqual(['old']);
  });

  it('rolls back what a consumer did that lost its partition', async () => {
    await service.log.publish([message('a')]);
    let inside: () => void = () => {};
    const entered = new Promise<void>((resolve) => {
      inside = resolve;
    });
    const consumer = await start({
      apply: async (client, fresh, { signal }) => {
        await say(
          client,
          fresh.map((m) => m.value.toString()),
        );
        inside();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      },
    });
    await entered;
    await consumer.close();
    expect(await effects(service.pool)).toEqual([]);
  });
});
