import { eventually } from '@hedui/testing';
import { describe, expect, it } from '@jest/globals';
import { keepRunning, type Running } from '../src/keep-running.js';

/** Something whose end the test decides. */
function stage() {
  const lives: { end(): void; stopped: boolean }[] = [];
  const start = async (): Promise<Running> => {
    let end = () => {};
    const exited = new Promise<void>((resolve) => {
      end = resolve;
    });
    const life = { end, stopped: false };
    lives.push(life);
    return {
      exited,
      async stop() {
        life.stopped = true;
        end();
      },
    };
  };
  return { lives, start };
}

describe('keepRunning', () => {
  it('starts again what ends by itself, and says so', async () => {
    const { lives, start } = stage();
    const said: string[] = [];
    const kept = await keepRunning({ name: 'matcher', start, say: (text) => said.push(text), firstWait: 1 });
    lives[0]?.end();
    await eventually(() => lives.length === 2);
    expect(said).toEqual(['matcher has ended by itself; starting it again']);
    expect(kept.deaths()).toBe(1);
    await kept.stop();
    expect(lives[1]?.stopped).toBe(true);
  });

  it('does not start again what it was told to stop', async () => {
    const { lives, start } = stage();
    const kept = await keepRunning({ name: 'matcher', start, say: () => {} });
    await kept.stop();
    expect(lives).toHaveLength(1);
    expect(kept.deaths()).toBe(0);
  });

  it('throws what the first start throws', async () => {
    const start = async () => {
      throw new Error('no such program');
    };
    await expect(keepRunning({ name: 'x', start, say: () => {} })).rejects.toThrow('no such program');
  });

  it('goes on trying when a later start fails', async () => {
    const { lives, start } = stage();
    let starts = 0;
    const said: string[] = [];
    const sometimes = async () => {
      if (++starts === 2) throw new Error('port taken');
      return await start();
    };
    const kept = await keepRunning({ name: 'Kafka', start: sometimes, say: (text) => said.push(text), firstWait: 1 });
    lives[0]?.end();
    await eventually(() => lives.length === 2);
    expect(said[1]).toBe('Kafka cannot be started: port taken; trying again');
    await kept.stop();
  });

  it('can be stopped while it waits for the next try', async () => {
    const { lives, start } = stage();
    const said: string[] = [];
    const kept = await keepRunning({ name: 'x', start, say: (text) => said.push(text), firstWait: 60_000 });
    lives[0]?.end();
    await eventually(() => said.length === 1);
    await kept.stop();
    expect(lives).toHaveLength(1);
  });
});
