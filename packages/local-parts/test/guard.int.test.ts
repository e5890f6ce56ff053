import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isAlive } from '@hedui/local-parts';
import { eventually } from '@hedui/testing';
import { describe, expect, it } from '@jest/globals';

const GUARD = path.resolve(__dirname, '../guard.mjs');

/** A parent that starts a child and puts it under a guard; prints the child's number. */
const PARENT = `
  import { spawn } from 'node:child_process';
  const child = spawn(process.execPath, ['-e', process.argv[2]], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const guard = spawn(process.execPath, [process.argv[1]], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.stdin.write('add ' + child.pid + ' 0 SIGTERM 300\\n');
  child.stdout.once('data', () => console.log(child.pid));
`;
const OBEDIENT = `console.log('up'); setInterval(() => {}, 1000)`;
const STUBBORN = `process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`;

async function startParent(child: string): Promise<{ parent: ChildProcess; pid: number }> {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, GUARD, child], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  return { parent, pid: Number(line) };
}

describe('guard', () => {
  it.each([
    ['a child that obeys', OBEDIENT],
    ['a child that does not', STUBBORN],
  ])('ends %s when the parent is killed with SIGKILL', async (_what, code) => {
    const { parent, pid } = await startParent(code);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(() => !isAlive(pid), { within: 5_000, what: 'the end of the child' });
  });
});
