import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { saveStream } from '../src/files.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hedui-cli-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('what is saved', () => {
  it('takes the place of an older file only when it is whole', async () => {
    const file = path.join(folder, 'reports.ndjson');
    writeFileSync(file, 'older');
    const broken = Readable.from(
      (async function* () {
        yield 'new';
        throw new Error('cut off');
      })(),
    );
    await expect(saveStream(broken, file)).rejects.toThrow('cut off');
    expect(readFileSync(file, 'utf8')).toBe('older');
    await saveStream(Readable.from(['new']), file);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['reports.ndjson']);
  });

  it('goes through a pipe, which stays one', async () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [seen] = await Promise.all([readFile(pipe, 'utf8'), saveStream(Readable.from(['reports']), pipe)]);
    expect(seen).toBe('reports');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });
});
