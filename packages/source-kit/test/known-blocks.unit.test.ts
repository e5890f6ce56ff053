import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { editionOf, rulesEdition } from '../src/intake/edition.js';
import { gatherKnownBlocks } from '../src/intake/known-blocks.js';

const hashOf = (n: number) => createHash('sha256').update(String(n)).digest().subarray(0, 16);

describe('blocks that are known', () => {
  it('are found by their hash with all of their pieces, and no others are', () => {
    const gathered = gatherKnownBlocks();
    for (let n = 0; n < 5000; n++) {
      gathered.add(hashOf(n), { chunk: 2 ** 40 + n, firstAt: n, rows: 50 });
      if (n % 3 === 0) gathered.add(hashOf(n), { chunk: 7, firstAt: n, rows: 1 });
    }
    const known = gathered.done(9);
    expect(known).toMatchObject({ seq: 9, size: 5000 });
    expect(known.find(hashOf(4))).toEqual([{ chunk: 2 ** 40 + 4, firstAt: 4, rows: 50 }]);
    expect(known.find(hashOf(4998))).toEqual([
      { chunk: 2 ** 40 + 4998, firstAt: 4998, rows: 50 },
      { chunk: 7, firstAt: 4998, rows: 1 },
    ]);
    for (let n = 5000; n < 9000; n++) expect(known.find(hashOf(n))).toBeNull();
    expect(gatherKnownBlocks().done(0).find(hashOf(1))).toBeNull();
  });
});

describe('the edition of the rules', () => {
  it('is another one as soon as any of their code is, and the same otherwise', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hedui-rules-'));
    try {
      const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
      write('rule.js', 'export const most = 1;');
      write('notes.md', 'one');
      const before = editionOf([folder]);
      write('notes.md', 'two');
      expect(editionOf([folder])).toBe(before);
      write('rule.js', 'export const most = 2;');
      const after = editionOf([folder]);
      expect(after).not.toBe(before);
      write('more.ts', '');
      expect(editionOf([folder])).not.toBe(after);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is found where the service runs', () => {
    expect(rulesEdition()).toMatch(/^[0-9a-f]{64}$/);
  });
});
