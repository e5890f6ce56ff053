import { eventually, uniqueName } from '@hedui/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Counter, FanOut } from '../src/index.js';

/** What every fan-out does, with Redis and without. `peer` is what another process would hold; null without Redis. */
export function fanOutRules(open: () => { fanOut: FanOut; peer: FanOut | null }): void {
  let fanOut: FanOut;
  let peer: FanOut | null;
  beforeAll(() => {
    ({ fanOut, peer } = open());
  });
  afterAll(async () => {
    await fanOut.close();
    await peer?.close();
  });

  /** Publishes until it is heard: a connection that is not up yet hears nothing, which is allowed. */
  const untilHeard = (from: FanOut, channel: string, text: string, heard: readonly string[]) =>
    eventually(
      async () => {
        await from.publish(channel, text);
        return heard.includes(text);
      },
      { what: `${text} is heard` },
    );

  it('tells every listener of the channel and no other', async () => {
    const [channel, other] = [uniqueName('a'), uniqueName('b')];
    const heard: string[][] = [[], [], []];
    await fanOut.subscribe(channel, (text) => heard[0]?.push(text));
    await fanOut.subscribe(channel, (text) => heard[1]?.push(text));
    await fanOut.subscribe(other, (text) => heard[2]?.push(text));
    await untilHeard(peer ?? fanOut, channel, '一半 half', heard[0] ?? []);
    await eventually(() => heard[1]?.includes('一半 half'));
    expect(heard[2]).toEqual([]);
  });

  it('tells a listener nothing after it has stopped, and goes on telling the others', async () => {
    const channel = uniqueName('c');
    const first: string[] = [];
    const second: string[] = [];
    const stop = await fanOut.subscribe(channel, (text) => first.push(text));
    await fanOut.subscribe(channel, (text) => second.push(text));
    await untilHeard(peer ?? fanOut, channel, 'one', first);
    await stop();
    await stop();
    const before = first.length;
    await untilHeard(peer ?? fanOut, channel, 'two', second);
    expect(first).toHaveLength(before);
  });

  it('survives a listener that fails', async () => {
    const channel = uniqueName('d');
    const heard: string[] = [];
    await fanOut.subscribe(channel, () => {
      throw new Error('a listener that fails');
    });
    await fanOut.subscribe(channel, (text) => heard.push(text));
    await untilHeard(fanOut, channel, 'still', heard);
  });
}

/** What every counter does. */
export function counterRules(open: () => Counter): void {
  let counter: Counter;
  beforeAll(() => {
    counter = open();
  });
  afterAll(() => counter.close());

  it('counts each key by itself within its window', async () => {
    const [one, other] = [uniqueName('k'), uniqueName('k')];
    await counter.add(one, 60_000);
    const second = await counter.add(one, 60_000);
    expect((await counter.add(other, 60_000)).count).toBe(1);
    expect(second.count).toBe(2);
    expect(second.leftMs).toBeGreaterThan(0);
    expect(second.leftMs).toBeLessThanOrEqual(60_000);
  });

  it('begins again when the window has ended', async () => {
    const key = uniqueName('k');
    await counter.add(key, 30);
    await eventually(async () => (await counter.add(key, 30)).count === 1, { every: 40 });
  });
}
