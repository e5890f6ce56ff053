// Longer than other tests: one list of what every log must hold, in one place, so that neither passes a case that the other does not see.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TopicSpec } from '@hedui/contracts';
import { eventually, uniqueName } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventLog, LogConsumer, OutgoingMessage } from '../src/port.js';
import { processMark } from '../src/process-mark.js';
import type { Line } from './cut.js';
import { Store } from './store.js';

/** What the suite needs of an adapter. */
export interface LogUnderTest {
  open(): Promise<EventLog>;
  /** A client whose connections go over `line`. */
  openOver(processMark?: string): Promise<{ log: EventLog; line: Line }>;
  deleteTopic(name: string): Promise<void>;
  close(): Promise<void>;
}

const message = (topic: string, partition: number, value: string | Buffer, key = 'k'): OutgoingMessage => ({
  topic,
  partition,
  key: Buffer.from(key),
  value: Buffer.from(value),
});

const numbered = (topic: string, partitions: number, from: number, to: number): OutgoingMessage[] =>
  Array.from({ length: to - from }, (_, n) => message(topic, (from + n) % partitions, String(from + n)));

/** The tests that every adapter has to pass. */
export function conformance(name: string, start: () => Promise<LogUnderTest>): void {
  describe(`${name} event log`, () => {
    let under: LogUnderTest;
    let log: EventLog;
    const opened: EventLog[] = [];
    const lines: Line[] = [];
    const consumers: LogConsumer[] = [];

    beforeAll(async () => {
      under = await start();
      log = await under.open();
    }, 120_000);
    afterEach(async () => {
      await Promise.all(lines.splice(0).map((line) => line.close()));
      await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));
      await Promise.all(opened.splice(0).map((each) => each.close()));
    }, 60_000);
    afterAll(async () => {
      await log?.close();
      await under?.close();
    }, 60_000);

    const another = async () => {
      const made = await under.open();
      opened.push(made);
      return made;
    };
    const topic = async (over: Partial<TopicSpec> = {}): Promise<string> => {
      const spec = specOf(over);
      await log.ensureTopics([spec]);
      return spec.name;
    };
    const consume = async (store: Store, group: string, topics: string[], on = log): Promise<LogConsumer> => {
      const consumer = await on.consume(store.options(group, topics));
      consumers.push(consumer);
      await consumer.joined;
      return consumer;
    };
    const applied = (store: Store, count: number) =>
      eventually(async () => store.all().length >= count, { within: 20_000, what: `${count} messages applied` });

    it('makes topics once, whoever asks and however often', async () => {
      const specs = [specOf(), specOf({ compacted: true, retentionMs: -1 })];
      const others = await Promise.all([another(), another(), another()]);
      await Promise.all([log, ...others].map((each) => each.ensureTopics(specs)));
      await log.ensureTopics(specs);
      for (const spec of specs) {
        const offsets = await log.offsets(spec.name);
        expect(offsets.map((o) => [o.partition, o.start, o.end])).toEqual([
          [0, 0n, 0n],
          [1, 0n, 0n],
        ]);
        expect(new Set(offsets.map((o) => o.generation)).size).toBe(1);
      }
    });

    it('refuses a topic that is there with another number of partitions', async () => {
      const name = await topic();
      await expect(log.ensureTopics([specOf({ name, partitions: 3 })])).rejects.toMatchObject({
        code: 'TOPIC_MISMATCH',
      });
    });

    it('refuses to publish to, and to consume, what does not exist, and goes on', async () => {
      const name = await topic();
      await expect(log.publish([message(uniqueName('absent'), 0, 'x')])).rejects.toMatchObject({
        code: 'TOPIC_MISSING',
      });
      await expect(log.publish([message(name, 2, 'x')])).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
      await expect(log.offsets(uniqueName('absent'))).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
      await expect(log.consume(new Store().options('g', [uniqueName('absent')]))).rejects.toMatchObject({
        code: 'TOPIC_MISSING',
      });
      await log.publish([message(name, 0, 'x')]);
      expect((await log.offsets(name))[0]?.end).toBe(1n);
    });

    it('delivers a partition in the order of publishing, with bytes and keys as they were', async () => {
      const name = await topic();
      const store = new Store();
      const bytes = Buffer.from([0, 255, 1, 128]);
      await log.publish([{ topic: name, partition: 1, key: bytes, value: bytes }]);
      await log.publish(numbered(name, 1, 0, 3_000));
      await log.publish(numbered(name, 1, 3_000, 6_000));
      await consume(store, uniqueName('group'), [name]);
      await applied(store, 6_001);
      expect(store.applied.get(`${name}/0`)).toEqual(Array.from({ length: 6_000 }, (_, n) => String(n)));
      const foreign = store.batches.find((batch) => batch.partition === 1);
      expect(foreign).toMatchObject({ from: 0n, next: 1n });
      expect([foreign?.messages[0]?.key, foreign?.messages[0]?.value]).toEqual([bytes, bytes]);
    });

    it('begins at the stored positions, and goes on with what comes later', async () => {
      const name = await topic();
      await log.publish(numbered(name, 1, 0, 10));
      const store = new Store();
      const generation = (await log.offsets(name))[0]?.generation ?? '';
      store.positions.set(`${name}/0`, { topic: name, partition: 0, generation, next: 7n });
      await consume(store, uniqueName('group'), [name]);
      await applied(store, 3);
      await log.publish(numbered(name, 1, 10, 12));
      await applied(store, 5);
      expect(store.all()).toEqual(['7', '8', '9', '10', '11']);
      expect(store.batches[0]?.from).toBe(7n);
      expect(store.resets).toEqual([]);
    });

    it('does not deliver again what a closed consumer has done', async () => {
      const name = await topic();
      const store = new Store();
      const group = uniqueName('group');
      await log.publish(numbered(name, 2, 0, 100));
      const first = await consume(store, group, [name]);
      await applied(store, 100);
      await first.close();
      await log.publish(numbered(name, 2, 100, 110));
      const before = store.batches.length;
      await consume(store, group, [name], await another());
      await applied(store, 110);
      expect(store.all()).toHaveLength(110);
      expect(store.batches.slice(before).every((batch) => batch.from >= 50n)).toBe(true);
    });

    it('delivers again from the stored position after a rejection, while other partitions go on', async () => {
      const name = await topic();
      const store = new Store();
      let failures = 0;
      store.before = async ({ partition }) => {
        if (partition === 0 && failures < 3) {
          failures++;
          throw new Error('not now');
        }
      };
      await log.publish(numbered(name, 2, 0, 20));
      await consume(store, uniqueName('group'), [name]);
      await applied(store, 20);
      expect(failures).toBe(3);
      expect(store.applied.get(`${name}/0`)).toEqual(Array.from({ length: 10 }, (_, n) => String(2 * n)));
      expect(store.applied.get(`${name}/1`)).toEqual(Array.from({ length: 10 }, (_, n) => String(2 * n + 1)));
    });

    it('looks at the stored position after a rejection: it may have moved all the same', async () => {
      const name = await topic();
      const store = new Store();
      let failed = false;
      store.before = async (batch) => {
        if (failed) return;
        failed = true;
        store.applied.set(`${name}/0`, ['0', '1']);
        store.positions.set(`${name}/0`, { ...batch, next: 2n });
        throw new Error('committed, but the answer was lost');
      };
      await log.publish(numbered(name, 1, 0, 5));
      await consume(store, uniqueName('group'), [name]);
      await applied(store, 5);
      expect(store.all()).toEqual(['0', '1', '2', '3', '4']);
      expect(store.batches[1]?.from).toBe(2n);
    });

    it('shares partitions among members and neither loses nor reorders when they come and go', async () => {
      const name = await topic({ partitions: 4 });
      const store = new Store();
      const group = uniqueName('group');
      let sent = 0;
      const send = async () => {
        await log.publish(numbered(name, 4, sent, sent + 400));
        sent += 400;
      };
      const first = await consume(store, group, [name]);
      await send();
      const second = await consume(store, group, [name], await another());
      await send();
      await eventually(async () => first.assigned().length === 2 && second.assigned().length === 2, {
        within: 20_000,
        what: 'two partitions each',
      });
      await send();
      await first.close();
      await send();
      await eventually(async () => second.assigned().length === 4, { within: 20_000, what: 'all with the second' });
      const third = await consume(store, group, [name], await another());
      await send();
      await eventually(async () => third.assigned().length === 2, { within: 20_000, what: 'a share for the third' });
      await applied(store, sent);
      for (let partition = 0; partition < 4; partition++) {
        const expected = Array.from({ length: sent / 4 }, (_, n) => String(4 * n + partition));
        expect(store.applied.get(`${name}/${partition}`)).toEqual(expected);
      }
      expect(store.overlaps).toBe(0);
    }, 90_000);

    it('gives the partitions of a member that fell silent to another', async () => {
      const name = await topic();
      const store = new Store();
      const group = uniqueName('group');
      const { log: mortal, line } = await under.openOver();
      opened.push(mortal);
      lines.push(line);
      await consume(store, group, [name], mortal);
      await log.publish(numbered(name, 2, 0, 10));
      await applied(store, 10);
      line.cut();
      await log.publish(numbered(name, 2, 10, 20));
      await consume(store, group, [name]);
      await applied(store, 20);
      expect(store.applied.get(`${name}/0`)).toEqual(Array.from({ length: 10 }, (_, n) => String(2 * n)));
    }, 90_000);

    it('takes the partitions of a member whose process was killed at once', async () => {
      const name = await topic();
      const store = new Store();
      const group = uniqueName('group');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      const { log: mortal, line } = await under.openOver(processMark(child.pid) ?? '');
      opened.push(mortal);
      lines.push(line);
      await consume(store, group, [name], mortal);
      await log.publish(numbered(name, 2, 0, 10));
      await applied(store, 10);
      line.cut();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await log.publish(numbered(name, 2, 10, 20));
      const since = performance.now();
      await consume(store, group, [name]);
      await applied(store, 20);
      // Before a silent member is given up, on either log.
      expect(performance.now() - since).toBeLessThan(9_000);
      expect(store.applied.get(`${name}/0`)).toEqual(Array.from({ length: 10 }, (_, n) => String(2 * n)));
    }, 60_000);

    it('aborts the handler of a partition that was taken away, and waits for it when it closes', async () => {
      const name = await topic({ partitions: 1 });
      const store = new Store();
      let aborted = false;
      let entered: () => void = () => {};
      const inside = new Promise<void>((resolve) => {
        entered = resolve;
      });
      store.before = async (_batch, { signal }) => {
        entered();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        aborted = true;
      };
      await log.publish(numbered(name, 1, 0, 1));
      const consumer = await consume(store, uniqueName('group'), [name]);
      await inside;
      await consumer.close();
      expect(aborted).toBe(true);
      expect(store.all()).toEqual([]);
    });

    it('lets a handler end that is slower than the group is patient', async () => {
      const name = await topic({ partitions: 1 });
      const store = new Store();
      store.before = async (_batch, { heartbeat }) => {
        const end = performance.now() + 12_000;
        await eventually(
          async () => {
            await heartbeat();
            return performance.now() > end;
          },
          { within: 20_000, what: 'a long piece of work' },
        );
      };
      await log.publish(numbered(name, 1, 0, 3));
      const group = uniqueName('group');
      await consume(store, group, [name]);
      await consume(store, group, [name], await another());
      await applied(store, 3);
      expect(store.all()).toEqual(['0', '1', '2']);
    }, 60_000);

    it('tells a topic that was made again, and reads it from the start', async () => {
      const name = await topic({ partitions: 1 });
      const store = new Store();
      const group = uniqueName('group');
      await log.publish(numbered(name, 1, 0, 5));
      const consumer = await consume(store, group, [name]);
      await applied(store, 5);
      await consumer.close();
      const before = (await log.offsets(name))[0]?.generation;
      await under.deleteTopic(name);
      await eventually(() => log.ensureTopics([specOf({ name, partitions: 1 })]).then(() => true), {
        within: 20_000,
        what: 'the topic made again',
      });
      expect((await log.offsets(name))[0]?.generation).not.toBe(before);
      await log.publish(numbered(name, 1, 100, 110));
      await consume(store, group, [name]);
      await applied(store, 15);
      expect(store.resets).toEqual([`${name}/0 NEW_GENERATION 5`]);
      expect(store.all().slice(5)).toEqual(Array.from({ length: 10 }, (_, n) => String(100 + n)));
    }, 60_000);

    it('notices while it reads that the topic was made again', async () => {
      const name = await topic({ partitions: 1 });
      const store = new Store();
      await log.publish(numbered(name, 1, 0, 5));
      await consume(store, uniqueName('group'), [name]);
      await applied(store, 5);
      await under.deleteTopic(name);
      const other = await another();
      await eventually(() => other.ensureTopics([specOf({ name, partitions: 1 })]).then(() => true), {
        within: 20_000,
        what: 'the topic made again',
      });
      await other.publish(numbered(name, 1, 100, 110));
      // Until the log notices, it may hand out messages of the new topic under the old name of its life; all of it comes again.
      const fresh = Array.from({ length: 10 }, (_, n) => String(100 + n)).join();
      await eventually(() => store.resets.length === 1 && store.all().slice(-10).join() === fresh, {
        within: 45_000,
        what: 'the new topic read',
      });
      expect(store.resets[0]).toMatch(`${name}/0 NEW_GENERATION`);
      expect(store.all().slice(0, 5)).toEqual(['0', '1', '2', '3', '4']);
    }, 90_000);

    it('tells a position beyond the end, and reads from the start', async () => {
      const name = await topic({ partitions: 1 });
      const store = new Store();
      await log.publish(numbered(name, 1, 0, 5));
      const generation = (await log.offsets(name))[0]?.generation ?? '';
      store.positions.set(`${name}/0`, { topic: name, partition: 0, generation, next: 50n });
      await consume(store, uniqueName('group'), [name]);
      await applied(store, 5);
      expect(store.resets).toEqual([`${name}/0 OUT_OF_RANGE 50`]);
    });

    it('carries messages as large as the topic allows, and refuses larger ones', async () => {
      const name = await topic({ partitions: 1, maxMessageBytes: 3_000_000 });
      const store = new Store();
      const large = Buffer.alloc(3_000_000 - 1);
      for (let at = 0; at < large.length; at++) large[at] = (at * 2_654_435_761) >>> 24;
      await log.publish([message(name, 0, large), message(name, 0, 'small')]);
      await consume(store, uniqueName('group'), [name]);
      await applied(store, 2);
      expect(store.batches[0]?.messages[0]?.value.equals(large)).toBe(true);
      await expect(log.publish([message(name, 0, Buffer.concat([large, large]))])).rejects.toMatchObject({
        code: 'MESSAGE_TOO_LARGE',
      });
      await log.publish([message(name, 0, 'after')]);
      await applied(store, 3);
    }, 60_000);

    it('hands over together what comes for a reader whom nobody waits for, and all of it, in order', async () => {
      const name = await topic();
      const store = new Store();
      const consumer = await log.consume({ ...store.options(uniqueName('group'), [name]), gatherMs: 2_000 });
      consumers.push(consumer);
      await consumer.joined;
      const many = numbered(name, 1, 0, 12);
      for (const one of many) await log.publish([one]);
      await applied(store, 12);
      expect(store.all()).toEqual(many.map((_, n) => String(n)));
      expect(store.batches.length).toBeLessThan(many.length / 2);
    });

    it('bounds the bytes of a batch', async () => {
      const name = await topic({ partitions: 1 });
      const store = new Store();
      await log.publish(Array.from({ length: 50 }, () => message(name, 0, Buffer.alloc(10_000))));
      const consumer = await log.consume({ ...store.options(uniqueName('group'), [name]), maxBytes: 35_000 });
      consumers.push(consumer);
      await applied(store, 50);
      expect(Math.max(...store.batches.map((batch) => batch.messages.length))).toBeLessThanOrEqual(3);
    });

    it('answers a ping', async () => {
      expect(await log.ping()).toBe(true);
    });
  });
}

/** A topic of two partitions under a name of its own. */
export function specOf(over: Partial<TopicSpec> = {}): TopicSpec {
  return {
    name: uniqueName('topic'),
    partitions: 2,
    compacted: false,
    retentionMs: 86_400_000,
    maxMessageBytes: 1_048_576,
    ...over,
  };
}
