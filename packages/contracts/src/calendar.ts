import type { Brand } from './brands.js';

/** A calendar date without zone: whole days since 1970-01-01 (negative before). */
export type Day = Brand<number, 'Day'>;
/** A calendar month: year × 12 + (month − 1). */
export type Month = Brand<number, 'Month'>;

const DAY_MS = 86_400_000;

/** `YYYY-MM-DD` → Day, or null when it is not a date of the calendar (years 0001 to 9999). */
export function parseDay(text: string): Day | null {
  if (text.length !== 10 || text[4] !== '-' || text[7] !== '-') return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  return Number.isNaN(year + month + day) ? null : dayOf(year, month, day);
}

/** Year, month (1–12) and day → Day, or null when there is no such date. */
export function dayOf(year: number, month: number, day: number): Day | null {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return null;
  return civilDays(year, month, day) as Day;
}

/** Days since 1970-01-01 of a Gregorian date, by counting years from 1 March: no Date object in the inner loop. */
function civilDays(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Days that were written lately: reports write the same few again and again, and each Date and its text cost a microsecond. */
const written = new Map<Day, string>();
const MOST_WRITTEN = 10_000;

/** Day → `YYYY-MM-DD`. */
export function formatDay(day: Day): string {
  const known = written.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * DAY_MS).toISOString().slice(0, 10);
  if (written.size >= MOST_WRITTEN) written.clear();
  written.set(day, text);
  return text;
}

/** `YYYY-MM` → Month, or null. */
export function parseMonth(text: string): Month | null {
  if (text.length !== 7 || text[4] !== '-') return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  return year >= 1 && month >= 1 && month <= 12 ? ((year * 12 + month - 1) as Month) : null;
}

/** Month → `YYYY-MM`. */
export function formatMonth(month: Month): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;
}

/** The month that a day lies in. */
export function monthOf(day: Day): Month {
  const date = new Date(day * DAY_MS);
  return (date.getUTCFullYear() * 12 + date.getUTCMonth()) as Month;
}

/** assessment.md `before(T, k)`: the date k months before, the day clamped to the month's length. */
export function monthsBefore(day: Day, months: number): Day {
  const date = new Date(day * DAY_MS);
  const target = date.getUTCFullYear() * 12 + date.getUTCMonth() - months;
  const year = Math.floor(target / 12);
  const month = (target % 12) + 1;
  return dayOf(year, month, Math.min(date.getUTCDate(), monthLength(year, month))) as Day;
}

/** Whole years from one day to another, as ages are counted (29 February counts from 1 March in other years). */
export function yearsBetween(from: Day, to: Day): number {
  return Math.floor((eightDigits(to) - eightDigits(from)) / 10_000);
}

/** The date as the number YYYYMMDD: `civilDays` turned round. Each adult's age is asked for, so no Date object here either. */
function eightDigits(day: Day): number {
  const days = day + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return year * 10_000 + month * 100 + dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
}

/** Days of a month (1–12) in the Gregorian calendar. */
export function monthLength(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
