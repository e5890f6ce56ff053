import {
  type Day,
  dayOf,
  formatDay,
  formatMonth,
  monthOf,
  monthsBefore,
  parseDay,
  parseMonth,
  yearsBetween,
} from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const day = (text: string): Day => {
  const parsed = parseDay(text);
  if (parsed === null) throw new Error(text);
  return parsed;
};

describe('calendar dates', () => {
  it('agree with the calendar of the platform on every day', () => {
    fc.assert(
      fc.property(fc.integer({ min: -700_000, max: 2_900_000 }), (n) => {
        const date = new Date(n * 86_400_000);
        expect(dayOf(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())).toBe(n);
        expect(parseDay(formatDay(n as Day))).toBe(n);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-32',
    '2026/01/05',
    '20260105',
    '2026-1-5',
    '',
    '0000-01-01',
    '２026-01-01',
  ])('refuse %p', (text) => expect(parseDay(text)).toBeNull());

  it('clamp months before to the length of the month', () => {
    expect(formatDay(monthsBefore(day('2026-03-31'), 1))).toBe('2026-02-28');
    expect(formatDay(monthsBefore(day('2024-02-29'), 12))).toBe('2023-02-28');
    expect(formatDay(monthsBefore(day('2026-01-31'), 2))).toBe('2025-11-30');
  });

  it('read and write months', () => {
    expect(parseMonth('2026-13')).toBeNull();
    expect(parseMonth('2026-1')).toBeNull();
    expect(formatMonth(monthOf(day('2026-11-15')))).toBe('2026-11');
  });

  it('count whole years as ages are counted', () => {
    expect(yearsBetween(day('2008-11-15'), day('2026-11-15'))).toBe(18);
    expect(yearsBetween(day('2008-11-16'), day('2026-11-15'))).toBe(17);
    expect(yearsBetween(day('2008-02-29'), day('2026-02-28'))).toBe(17);
    expect(yearsBetween(day('2008-02-29'), day('2026-03-01'))).toBe(18);
  });

  it('count whole years as the calendar of the language does, whichever day comes first', () => {
    const any = fc.integer({ min: -700_000, max: 2_900_000 });
    fc.assert(
      fc.property(any, any, (from, to) => {
        const [a, b] = [new Date(from * 86_400_000), new Date(to * 86_400_000)];
        const later = b.getUTCMonth() * 100 + b.getUTCDate() >= a.getUTCMonth() * 100 + a.getUTCDate();
        const years = b.getUTCFullYear() - a.getUTCFullYear() - (later ? 0 : 1);
        expect(yearsBetween(from as Day, to as Day)).toBe(years);
      }),
      { numRuns: 2000 },
    );
  });
});
