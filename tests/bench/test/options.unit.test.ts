import { describe, expect, it } from '@jest/globals';
import { ratiosOf, timesOf } from '../src/figures.js';
import { MEASURES, readOptions, UsageError } from '../src/options.js';
import { ratioLine } from '../src/print.js';

describe('the command line of the bench', () => {
  it('measures everything on Kafka unless it is told otherwise', () => {
    const options = readOptions([]);
    expect(options).toMatchObject({
      households: 20_000,
      bystanders: 100_000,
      log: 'kafka',
      comparators: true,
      repeat: 1,
    });
    expect([...options.only]).toEqual(MEASURES);
  });

  it('takes a part of the measures, and sizes', () => {
    const options = readOptions([
      '--households',
      '300000',
      '--bystanders',
      '0',
      '--only',
      'batch,online',
      '--log',
      'postgres',
    ]);
    expect(options).toMatchObject({ households: 300_000, bystanders: 0, log: 'postgres' });
    expect([...options.only]).toEqual(['batch', 'online']);
  });

  it.each([
    ['--only', 'batches'],
    ['--only', ''],
    ['--log', 'redis'],
    ['--households', '0'],
    ['--households', 'many'],
    ['--repeat', '1.5'],
  ])('refuses %s %s', (name, value) => {
    expect(() => readOptions([name, value])).toThrow(UsageError);
  });
});

describe('figures', () => {
  it('gives the middle and the slow end of times', () => {
    expect(timesOf(Array.from({ length: 100 }, (_, at) => at + 1))).toEqual({ count: 100, p50: 51, p99: 100 });
  });

  it('tells ratios only of what was measured on both sides', () => {
    const base = { settings: {}, city: { households: 1, persons: 1, records: 1 } };
    const reload = { seconds: 2, changed: 1, cpuMicrosPerRecord: 1, cpu: {}, memoryMb: {} };
    const ingest = { seconds: 4, recordsPerSecond: 1, cpuMicrosPerRecord: 1, cpu: {}, memoryMb: {} };
    expect(ratiosOf({ ...base, ingest, reload })).toEqual({ reload_vs_first: 0.5 });
    expect(ratioLine(ratiosOf({ ...base, ingest, copy: { seconds: 1, recordsPerSecond: 1, narrowSeconds: 0 } }))).toBe(
      'ingest_vs_copy=0.25',
    );
  });
});
