import type { Brand } from './brands.js';

/** A calendar date without zone: whole days since 1970-01-01 (negative before). */
export type Day = Brand<number, 'Day'>;
/** A calendar month: year × 12 + (month − 1). */
export type Month = Brand<number, 'Month'>;

const DAY_MS = 86_400_000;
const dayPattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const monthPattern = /^(\d{4})-(\d{2})$/;

/** `YYYY-MM-DD` → Day, or null when it is not a date of the calendar (years 0001 to 9999). */
export function parseDay(text: string): Day | null {
  const match = dayPattern.exec(text);
  return match ? dayOf(Number(match[1]), Number(match[2]), Number(match[3])) : null;
}

/** Year, month (1–12) and day → Day, or null when there is no such date. */
export function dayOf(year: number, month: number, day: number): Day | null {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return (date.getTime() / DAY_MS) as Day;
}

/** Day → `YYYY-MM-DD`. */
export function formatDay(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** `YYYY-MM` → Month, or null. */
export function parseMonth(text: string): Month | null {
  const match = monthPattern.exec(text);
  if (!match) return null;
  const year = Number(match[1]);
  const month = Number(match[2]);
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
  const a = new Date(from * DAY_MS);
  const b = new Date(to * DAY_MS);
  const years = b.getUTCFullYear() - a.getUTCFullYear();
  const before =
    b.getUTCMonth() < a.getUTCMonth() || (b.getUTCMonth() === a.getUTCMonth() && b.getUTCDate() < a.getUTCDate());
  return before ? years - 1 : years;
}

/** Days of a month (1–12) in the Gregorian calendar. */
export function monthLength(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
