import { createLogger } from '@hedui/logging';
import { describeWith, eventually, testRedis, uniqueName } from '@hedui/testing';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createCounter, createFanOut } from '../src/index.js';
import { counterRules, fanOutRules } from './fan-out-rules.js';

const logger = createLogger('test', 'silent');

describeWith(['redis'], 'with a real Redis', () => {
  let url = '';
  beforeAll(async () => {
    ({ url } = await testRedis());
  });

  describe('the fan-out', () =>
    fanOutRules(() => ({ fanOut: createFanOut(url, { logger }), peer: createFanOut(url, { logger }) })));
  describe('the counter', () => counterRules(() => createCounter(url, { logger })));

  it('tells a listener of this process once, not twice', async () => {
    const fanOut = createFanOut(url, { logger });
    const peer = createFanOut(url, { logger });
    const channel = uniqueName('once');
    const heard: string[] = [];
    await fanOut.subscribe(channel, (text) => heard.push(text));
    await eventually(async () => {
      await peer.publish(channel, 'warm');
      return heard.length > 0;
    });
    await fanOut.publish(channel, 'news');
    await fanOut.publish(channel, 'last');
    await eventually(() => heard.includes('last'));
    expect(heard.filter((text) => text === 'news')).toHaveLength(1);
    await fanOut.close();
    await peer.close();
  });

  it('lets copies of a service count together', async () => {
    const [one, other] = [createCounter(url, { logger }), createCounter(url, { logger })];
    const key = uniqueName('together');
    await eventually(async () => {
      await one.add(key, 60_000);
      return (await other.add(key, 60_000)).count >= 2;
    });
    await one.close();
    await other.close();
  });
});
