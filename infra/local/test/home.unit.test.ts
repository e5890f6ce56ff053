import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandLine } from '@hedui/local-parts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Home,
  homeAt,
  keepInstallation,
  lastLines,
  logFile,
  makeHome,
  readInstallation,
  resetHome,
  takeHome,
  writeWhole,
} from '../src/home.js';

describe('home of an installation', () => {
  let home: Home;
  beforeEach(() => {
    home = homeAt(mkdtempSync(path.join(tmpdir(), 'hedui-home-')));
    makeHome(home);
  });
  afterEach(() => rmSync(home.root, { recursive: true, force: true }));

  it('shows keys and logs to their owner only', () => {
    for (const folder of [home.keys, home.logs]) expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('opens neither a folder that holds other things', () => {
    const other = homeAt(mkdtempSync(path.join(tmpdir(), 'hedui-home-')));
    writeFileSync(path.join(other.root, 'diary.txt'), '');
    makeHome(other);
    expect(statSync(other.root).mode & 0o777).toBe(0o700);
    rmSync(other.root, { recursive: true });
  });

  it('refuses a second launcher while the first runs', () => {
    // Any living process whose command line holds the mark stands for the other launcher.
    writeFileSync(path.join(home.root, 'launcher.pid'), `${process.ppid}\n`);
    const mark = commandLine(process.ppid).split(' ')[0];
    expect(() => takeHome(home, mark)).toThrow(/is running already/);
  });

  it('takes over from a launcher that is gone, and from a number that is another process now', () => {
    for (const left of ['999999999', String(process.ppid), 'nonsense']) {
      writeFileSync(path.join(home.root, 'launcher.pid'), left);
      const release = takeHome(home, 'no such program');
      expect(readFileSync(path.join(home.root, 'launcher.pid'), 'utf8')).toBe(`${process.pid}\n`);
      release();
      expect(existsSync(path.join(home.root, 'launcher.pid'))).toBe(false);
    }
  });

  it('remembers the event log of the first start', () => {
    expect(readInstallation(home)).toBeNull();
    keepInstallation(home, { log: 'kafka' });
    expect(readInstallation(home)).toEqual({ log: 'kafka' });
  });

  it('forgets its own data and nothing else', async () => {
    mkdirSync(home.postgres, { recursive: true });
    keepInstallation(home, { log: 'kafka' });
    writeWhole(home.profile, '{}');
    writeWhole(home.sampleDone, '{}');
    writeFileSync(path.join(home.root, 'diary.txt'), '');
    await resetHome(home);
    expect(readdirSync(home.root)).toEqual(['diary.txt']);
  });

  it('makes room when a log has grown large', () => {
    const file = logFile(home, 'matcher');
    writeFileSync(file, Buffer.alloc(21 * 1024 * 1024, '\n'));
    expect(logFile(home, 'matcher')).toBe(file);
    expect(existsSync(file)).toBe(false);
    expect(existsSync(`${file}.1`)).toBe(true);
    writeFileSync(file, 'one\ntwo\nthree\n');
    expect(lastLines(file, 2)).toBe('two\nthree');
  });
});
