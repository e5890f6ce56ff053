import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { statusText } from '../src/commands/keys.js';
import { run } from '../src/main.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hedui-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const first = Buffer.alloc(32, 7).toString('base64');
const make = (name: string, current: string | number) => {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify({ current, keys: { [current]: first } }), { mode: 0o600 });
  return file;
};
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

async function hedui(...args: string[]) {
  const out: string[] = [];
  const console = { out: (text: string) => void out.push(text), err: (text: string) => void out.push(text) };
  const status = await run(args, console as Parameters<typeof run>[1], { HEDUI_HOME: folder });
  return { status, text: out.join('\n') };
}

describe('hedui keys rotate', () => {
  it('adds a version, makes it current, and never prints it', async () => {
    const file = make('pseudonyms.json', 1);
    const { status, text } = await hedui('keys', 'rotate', '--file', file);
    expect([status, read(file).current, Object.keys(read(file).keys)]).toEqual([0, '2', ['1', '2']]);
    expect(read(file).keys[1]).toBe(first);
    expect(Buffer.from(read(file).keys[2], 'base64')).toHaveLength(32);
    expect(text).not.toContain(read(file).keys[2]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('names versions of a ring on from the last one', async () => {
    const file = make('key-ring.json', 'k9');
    await hedui('keys', 'rotate', '--ring', '--file', file);
    expect(Object.keys(read(file).keys)).toEqual(['k9', 'k10']);
  });

  it('changes nothing when the file is not one of keys', async () => {
    const file = path.join(folder, 'pseudonyms.json');
    writeFileSync(file, 'nothing');
    expect((await hedui('keys', 'rotate', '--file', file)).status).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('nothing');
  });
});

describe('hedui keys status', () => {
  it('says what a rotation waits for, and when the version before may go', () => {
    const item = {
      kind: 'pseudonyms' as const,
      from: '1',
      to: '2',
      step: 'preparing' as const,
      startedAt: '2026-11-20T02:00:00.000Z',
      finishedAt: null,
      removable: false,
      waitingFor: ['matcher tax/income doubled'],
      progress: [
        { service: 'tax-source', about: '', step: 'translating', done: 10, total: 40, at: '2026-11-20T02:00:00.000Z' },
      ],
    };
    expect(statusText({ pseudonyms: '1', items: [item] })).toBe(
      [
        'households are taken in under version 1 of the pseudonym key',
        'pseudonym key 1 → 2: preparing',
        '  waits for matcher tax/income doubled',
        '  tax-source: translating 10 of 40',
      ].join('\n'),
    );
    const done = { ...item, step: 'done' as const, removable: true, waitingFor: [], progress: [] };
    expect(statusText({ pseudonyms: '2', items: [done] })).toContain('the version before may be removed');
  });
});
