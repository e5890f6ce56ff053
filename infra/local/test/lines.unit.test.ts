import { describe, expect, it } from '@jest/globals';
import { createLines } from '../src/lines.js';
import { tally } from '../src/sample.js';

describe('createLines', () => {
  it('prints a step with its seconds and indents what follows', async () => {
    const printed: string[] = [];
    const clock = [1_000, 3_460];
    const out = createLines(
      (text) => printed.push(text),
      () => clock.shift() ?? 0,
    );
    await expect(out.step('parts', async () => ({ told: 'PostgreSQL\nKafka', value: 7 }))).resolves.toBe(7);
    expect(printed[0]).toMatch(/^parts {6}PostgreSQL +2\.5 s\n$/);
    expect(printed[1]).toBe('           Kafka\n');
  });
});

describe('tally', () => {
  it('counts in the known order first, with zeros', () => {
    expect(tally(['b', 'x', 'b'], ['a', 'b'])).toEqual([
      ['a', 0],
      ['b', 2],
      ['x', 1],
    ]);
  });
});
