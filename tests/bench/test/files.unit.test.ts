import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { agree, digests, insist } from '../src/agreement/agree.js';
import type { Line } from '../src/agreement/canonical.js';
import { headerOf, readStretch, splitHouseholds } from '../src/comparators/files.js';
import { firstHouseholds } from '../src/measures/batch.js';
import { functionTimes } from '../src/profile/summary.js';

let folder: string;
let file: string;
const HEADER = 'household_ref,name';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hedui-bench-files-'));
  file = path.join(folder, 'households.csv');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sizes = [1, 3, 2, 5, 1, 1, 4];
const rows = sizes.flatMap((size, at) => Array.from({ length: size }, (_, row) => `H${at},张${row}`));

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece as Buffer));
  return Buffer.concat(pieces).toString('utf8');
}

describe('files of households', () => {
  it.each([1, 2, 3, 5, 20])('are cut into %i parts between households, and no row is lost', async (parts) => {
    await writeFile(file, `${[HEADER, ...rows].join('\n')}\n`);
    const texts = await Promise.all(
      (await splitHouseholds(file, parts)).map((stretch) => textOf(readStretch(stretch))),
    );
    expect(texts).toHaveLength(parts);
    expect(texts.join('')).toBe(`${rows.join('\n')}\n`);
    const refs = texts.map(
      (text) =>
        new Set(
          text
            .split('\n')
            .filter(Boolean)
            .map((line) => line.split(',')[0]),
        ),
    );
    expect(refs.reduce((sum, set) => sum + set.size, 0)).toBe(sizes.length);
  });

  it.each([1, 3, 7, 9])('give their first %i households with the header', async (count) => {
    await writeFile(file, `${[HEADER, ...rows].join('\n')}\n`);
    const wanted = rows.filter((row) => Number(row.slice(1, row.indexOf(','))) < count);
    expect(await textOf(await firstHouseholds(file, count))).toBe(`${[HEADER, ...wanted].join('\n')}\n`);
    expect(await headerOf(file)).toEqual({ columns: HEADER.split(','), rowsFrom: HEADER.length + 1 });
  });
});

describe('agreement', () => {
  async function* lines(texts: Record<string, string>): AsyncGenerator<Line> {
    for (const [ref, text] of Object.entries(texts)) yield { ref, text };
  }
  const ours = { A: '1', B: '2', C: '3' };
  const held = async (theirs: Record<string, string>) =>
    agree(await digests(lines(ours)), lines(theirs), () => lines(ours));

  it('counts the households that were compared', async () => {
    const result = await held({ C: '3', A: '1', B: '2' });
    expect(result).toMatchObject({ compared: 3, differing: 0, missing: 0, unexpected: 0 });
    expect(() => insist('it', result)).not.toThrow();
  });

  it.each([
    ['another figure', { A: '1', B: '2', C: '4' }],
    ['a household that is not there', { A: '1', B: '2' }],
    ['a household too many', { ...ours, D: '4' }],
    ['nothing at all', {}],
  ])('fails loudly on %s', async (_, theirs) => {
    const result = await held(theirs as Record<string, string>);
    expect(() => insist('it', result)).toThrow(/disagrees/);
  });

  it('shows both sides of a difference', async () => {
    expect((await held({ A: '9', B: '2', C: '3' })).examples).toEqual([{ ref: 'A', expected: '1', got: '9' }]);
  });
});

describe('the summary of a processor profile', () => {
  it('adds up the own time of each function and leaves waiting out', () => {
    const frame = (functionName: string) => ({ functionName, url: 'file:///x/packages/y/dist/z.js', lineNumber: 4 });
    const profile = {
      nodes: [
        { id: 1, callFrame: frame('(idle)') },
        { id: 2, callFrame: frame('parse') },
        { id: 3, callFrame: frame('seal') },
      ],
      samples: [1, 2, 3, 2],
      timeDeltas: [5000, 1000, 3000, 1500],
    };
    expect(functionTimes('matcher', profile)).toEqual([
      { process: 'matcher', name: 'seal', place: 'packages/y/z.js:5', milliseconds: 3 },
      { process: 'matcher', name: 'parse', place: 'packages/y/z.js:5', milliseconds: 2.5 },
    ]);
  });
});
