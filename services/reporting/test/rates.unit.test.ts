import { EVERYWHERE } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { describe, expect, it } from '@jest/globals';
import { readQuestion } from '../src/rates/question.js';
import { rateOf } from '../src/rates/rate.js';

describe('a rate', () => {
  it.each([
    [80, 120, '0.6667'],
    [51, 120, '0.4250'],
    [1, 3, '0.3333'],
    [1, 20_000, '0.0001'],
    [1, 20_001, '0.0000'],
    [0, 5, '0.0000'],
    [5, 5, '1.0000'],
    [2, 3, '0.6667'],
    [12_345, 100_000, '0.1235'],
    [0, 0, null],
  ])('of %i in %i is %s', (count, of, expected) => {
    expect(rateOf(count, of)).toBe(expected);
  });
});

describe('a question', () => {
  const ask = (query: Record<string, string>) =>
    readQuestion({ from: '2026-01', to: '2026-12', ...query }, [EVERYWHERE]);
  const faults = (query: Record<string, string>): unknown => {
    try {
      return ask(query);
    } catch (error) {
      return error instanceof HeduiError ? [error.code, error.errors?.map((e) => e.column)] : error;
    }
  };

  it('takes groups in the order given, and a code of a city as all that lies in it', () => {
    expect(ask({ groupBy: 'month, programme', region: '520100' })).toMatchObject({
      groupBy: ['month', 'programme'],
      regionPrefix: '5201',
      programme: null,
    });
    expect(ask({ region: '52010' }).regionPrefix).toBe('52010');
    expect(ask({ groupBy: '' }).groupBy).toEqual([]);
  });

  it('is refused with every faulty parameter', () => {
    expect(faults({ from: '2026-13' })).toEqual(['BODY_INVALID', ['from']]);
    expect(faults({ from: '2026-05', to: '2026-04' })).toEqual(['BODY_INVALID', ['to']]);
    expect(faults({ groupBy: 'programme,colour', type: 'x' })).toEqual(['BODY_INVALID', ['groupBy', 'type']]);
    expect(faults({ groupBy: 'month,month' })).toEqual(['BODY_INVALID', ['groupBy']]);
  });
});
