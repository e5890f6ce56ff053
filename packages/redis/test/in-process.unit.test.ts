import { Writable } from 'node:stream';
import { createLogger } from '@hedui/logging';
import { eventually } from '@hedui/testing';
import { describe, expect, it } from '@jest/globals';
import { createCounter, createFanOut } from '../src/index.js';
import { counterRules, fanOutRules } from './fan-out-rules.js';

const logger = createLogger('test', 'silent');

describe('the fan-out of one process', () =>
  fanOutRules(() => ({ fanOut: createFanOut(undefined, { logger }), peer: null })));
describe('the counter of one process', () => counterRules(() => createCounter(undefined, { logger })));

describe('when Redis cannot be reached', () => {
  const nowhere = 'redis://127.0.0.1:9';

  it('goes on within the process and says so once', async () => {
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const fanOut = createFanOut(nowhere, { logger: createLogger('test', 'warn', sink) });
    const heard: string[] = [];
    const stop = await fanOut.subscribe('batch', (text) => heard.push(text));
    for (const text of ['1', '2', '3']) await fanOut.publish('batch', text);
    expect(heard).toEqual(['1', '2', '3']);
    // One line for what we say, one for what we hear, however often each fails.
    await eventually(() => lines.length >= 2);
    await fanOut.publish('batch', '4');
    expect(lines).toHaveLength(2);
    await stop();
    await fanOut.close();
  });

  it('counts within the process', async () => {
    const counter = createCounter(nowhere, { logger });
    expect((await counter.add('k', 60_000)).count).toBe(1);
    expect((await counter.add('k', 60_000)).count).toBe(2);
    await counter.close();
  });
});

describe('the counter of one process that meets very many keys', () => {
  it('forgets the oldest instead of growing', async () => {
    const counter = createCounter(undefined, { logger, now: () => 1 });
    for (let i = 0; i <= 10_000; i++) await counter.add(`k${i}`, 60_000);
    expect((await counter.add('k0', 60_000)).count).toBe(1);
    expect((await counter.add('k10000', 60_000)).count).toBe(2);
  });
});
