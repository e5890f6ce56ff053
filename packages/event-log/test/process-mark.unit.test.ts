import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { isGone, processMark } from '../src/process-mark.js';

async function killed(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('the mark of a process', () => {
  const idle = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });

  it('tells that a process of this machine has ended, and not before', async () => {
    const child = idle();
    const mark = processMark(child.pid) ?? '';
    expect(isGone(mark)).toBe(false);
    await killed(child);
    expect(isGone(mark)).toBe(true);
  });

  it('knows another process that got the same id', () => {
    const mark = processMark() ?? '';
    expect(isGone(mark)).toBe(false);
    expect(isGone(mark.replace(/\d+$/, '1'))).toBe(true);
  });

  it('says nothing of another machine, of another container, or of what it cannot read', async () => {
    const child = idle();
    const [boot, space, ...rest] = (processMark(child.pid) ?? '').split('/');
    await killed(child);
    expect(isGone(['another', space, ...rest].join('/'))).toBe(false);
    expect(isGone([boot, 'pid:[1]', ...rest].join('/'))).toBe(false);
    for (const mark of ['', '/', 'no mark', `${boot}/${space}/x/1`]) expect(isGone(mark)).toBe(false);
  });

  it('is not given to a process that is not there', async () => {
    const child = idle();
    await killed(child);
    expect(processMark(child.pid)).toBeNull();
  });
});
