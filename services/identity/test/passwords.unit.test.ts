import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { planKeys } from '../src/keys/plan.js';
import { createGate, GateFull } from '../src/passwords/gate.js';
import { createGuessable, readWords } from '../src/passwords/guessable.js';
import { checkPassword, hashPassword, RANDOM_COST } from '../src/passwords/hash.js';

describe('a hashed password', () => {
  it('is known again, however its characters were typed, and no other is', async () => {
    const stored = await hashPassword('caf\u00e9-au-lait-1');
    expect(stored).toMatch(/^scrypt\$32768\$8\$3\$/);
    expect(await checkPassword('cafe\u0301-au-lait-1', stored)).toEqual({ correct: true, renewed: null });
    expect(await checkPassword('cafe-au-lait-1', stored)).toEqual({ correct: false, renewed: null });
  });

  it('of older parameters is renewed when it was right', async () => {
    const stored = await hashPassword('password-of-old', RANDOM_COST);
    expect((await checkPassword('wrong', stored)).renewed).toBeNull();
    const { correct, renewed } = await checkPassword('password-of-old', stored);
    expect(correct).toBe(true);
    expect(renewed).toMatch(/^scrypt\$32768\$8\$3\$/);
  });

  it('of nobody is never right', async () => {
    expect(await checkPassword('', null)).toEqual({ correct: false, renewed: null });
  });
});

describe('a password that people choose', () => {
  const guessable = createGuessable();

  it.each([
    'Password1234!',
    'P@ssw0rd1234',
    '123456789012',
    'aaaaaaaaaaaaaaaa',
    'a'.repeat(200),
    '1qaz2wsx3edc4rfv',
    'qwertyuiop123',
    'Admin@123456',
    'woaini5201314',
    'zhongguo19491001',
    'Minzheng@2026',
    '民政局核对民政局核对',
    '我爱北京天安门我爱北京天安门',
    'li-fang-li-fang',
    '52010219900101123X',
    'me-52010219900101123x!',
  ])('is refused when programs would find it: %s', async (password) => {
    expect(await guessable(password, 'li-fang')).toBe(true);
  });

  it.each([
    'correct horse battery staple',
    'my-own-new-password',
    '湘江北去橘子洲头看万山红遍',
    'kqzvwjxpmbtr',
    'Tk3v9QpLw0ZxYs2bR1ae',
    'x7'.concat('Tk3v9QpLw0ZxYs2bR1ae'.repeat(9)),
  ])('is taken when they would not: %s', async (password) => {
    expect(await guessable(password, 'li-fang')).toBe(false);
  });

  it('is looked at in a bounded time, however it is made', async () => {
    const began = performance.now();
    for (const piece of ['0oO@', 'a4@s5$o0il1!', '19900101', 'password']) {
      await guessable(piece.repeat(200).slice(0, 200), 'li-fang');
    }
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('may not be made of the words that an office names', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hedui-words-'));
    const file = path.join(folder, 'words');
    writeFileSync(file, '# our town\r\nZhenningxian\r\n\r\nhuangguoshu\n');
    expect(readWords(file)).toEqual(['zhenningxian', 'huangguoshu']);
    const password = 'Zhenningxian-2026';
    expect(await guessable(password, 'li-fang')).toBe(false);
    expect(await createGuessable(readWords(file))(password, 'li-fang')).toBe(true);
    rmSync(folder, { recursive: true });
  });
});

describe('the gate', () => {
  it('lets some in, lets some wait in order, and turns the rest away', async () => {
    const gate = createGate(2, 2);
    const ends: (() => void)[] = [];
    const began: number[] = [];
    const work = (name: number) =>
      gate.run(() => {
        began.push(name);
        return new Promise<number>((resolve) => ends.push(() => resolve(name)));
      });
    const all = [1, 2, 3, 4].map(work);
    await expect(work(5)).rejects.toBeInstanceOf(GateFull);
    expect(began).toEqual([1, 2]);
    ends[0]?.();
    expect(await all[0]).toBe(1);
    await Promise.resolve();
    expect(began).toEqual([1, 2, 3]);
    ends[1]?.();
    await all[1];
    ends[2]?.();
    await all[2];
    ends[3]?.();
    expect(await all[3]).toBe(4);
    expect(await gate.run(async () => 6)).toBe(6);
  });

  it('opens again after work that failed', async () => {
    const gate = createGate(1, 0);
    await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await gate.run(async () => 1)).toBe(1);
  });
});

describe('the plan of keys', () => {
  const at = (second: number) => new Date(second * 1000);
  const keys = [
    { kid: 'c', signsFrom: at(300) },
    { kid: 'b', signsFrom: at(200) },
    { kid: 'a', signsFrom: at(100) },
  ];
  it.each([
    [150, { c: 'waiting', b: 'waiting', a: 'signing' }],
    [200, { c: 'waiting', b: 'signing', a: 'verifying' }],
    [259, { c: 'waiting', b: 'signing', a: 'verifying' }],
    [260, { c: 'waiting', b: 'signing', a: 'ended' }],
    [300, { c: 'signing', b: 'verifying', a: 'ended' }],
    [1000, { c: 'signing', b: 'ended', a: 'ended' }],
  ])('at second %d with tokens of a minute', (second, states) => {
    const plan = planKeys(keys, at(second), 60);
    expect(Object.fromEntries(plan.map(({ kid, state }) => [kid, state]))).toEqual(states);
  });
});
