/** What becomes of a batch whose thread dies: a thread that ends when its part begins with a one stands for one that ran out of memory. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPartThreads, type PartLane, type PartThreads } from '../src/intake/parts/threads.js';

const MORTAL = `
import { parentPort } from 'node:worker_threads';
let opened = 0;
parentPort.on('message', ({ open, close, read, bytes }) => {
  if (open !== undefined) opened++;
  if (read === undefined) return;
  if (bytes[0] === 1) process.exit(1);
  parentPort.postMessage({ read, part: { rows: opened }, spare: bytes.buffer }, [bytes.buffer]);
});
`;

let folder: string;
let threads: PartThreads;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hedui-threads-'));
  const file = path.join(folder, 'mortal.mjs');
  writeFileSync(file, MORTAL);
  threads = createPartThreads(pathToFileURL(file), 1);
});
afterAll(async () => {
  await threads.close();
  rmSync(folder, { recursive: true });
});

const read = (lane: PartLane, first: number) => lane.read({ bytes: Uint8Array.of(first, 0), line: 1 });

describe('a thread that dies', () => {
  it('fails what it was reading, which may be tried again, and another goes on', async () => {
    const context = {} as Parameters<PartThreads['open']>[0];
    const lane = threads.open(context);
    expect((await read(lane, 0)).rows).toBe(1);
    const lost = await Promise.allSettled([read(lane, 1), read(lane, 0)]);
    for (const { status, ...rest } of lost) {
      expect(status).toBe('rejected');
      expect(rest).toMatchObject({ reason: { code: 'STORAGE_UNAVAILABLE', retriable: true } });
    }
    const later = threads.open(context);
    expect((await read(later, 0)).rows).toBe(1);
    expect((await read(lane, 0)).rows).toBe(2);
    lane.close();
    later.close();
  });
});
