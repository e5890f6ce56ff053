import { setTimeout as pass } from 'node:timers/promises';
import type { Report } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { type OpenReports, reportsOfChunk } from '../src/reports/stream.js';

const PLACES = Array.from({ length: 40 }, (_, i) => 2 * i);

/** A chunk with reports of some ten thousand characters at the even places; notes from where it was opened. */
function chunk() {
  const opened: number[] = [];
  function* reports(after: number): OpenReports {
    for (const place of PLACES) {
      if (place <= after) continue;
      const report = { reportNo: `R${place}`, householdRef: 'x'.repeat(10_000) } as Report;
      yield { place, report };
    }
  }
  return {
    opened,
    open: async (after: number) => {
      opened.push(after);
      return reports(after);
    },
  };
}

const numbersIn = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as Report).reportNo);

describe('the reports of a chunk as they are read', () => {
  const signal = new AbortController().signal;
  const all = PLACES.map((place) => `R${place}`);

  it('come each once and in order from a chunk that is opened once, when they are taken at once', async () => {
    const { open, opened } = chunk();
    let text = '';
    for await (const lines of reportsOfChunk(open, signal)) text += lines;
    expect(numbersIn(text)).toEqual(all);
    expect(opened).toEqual([-1]);
  });

  it('come each once and in order for a reader who stands still, and the chunk is closed meanwhile', async () => {
    const { open, opened } = chunk();
    let text = '';
    for await (const lines of reportsOfChunk(open, signal, 1)) {
      text += lines;
      // Timers of one length end in the order in which they began: this one after the one that closes.
      await pass(1);
    }
    expect(numbersIn(text)).toEqual(all);
    expect(opened.length).toBeGreaterThan(2);
    expect(opened).toEqual([...opened].sort((a, b) => a - b));
  });

  it('end when nobody listens any more, and when the chunk cannot be opened again', async () => {
    const listening = new AbortController();
    const { open } = chunk();
    let pieces = 0;
    for await (const _ of reportsOfChunk(open, listening.signal)) {
      pieces++;
      listening.abort();
    }
    expect(pieces).toBe(1);
    expect((await reportsOfChunk(async () => null, signal).next()).done).toBe(true);
  });
});
