import type { Day } from '@hedui/contracts';
import { monthLength, yearsBetween } from '@hedui/contracts';

/** GB 11643: weights of the first seventeen digits, and the check characters by the sum modulo 11. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const CHECKS = '10X98765432';
const ZERO = 48;

/**
 * Check character of an 18-character number (GB 11643): of its first 17 digits, or null when one of them is no digit.
 */
export function checkCharacter(seventeen: string): string | null {
  let sum = 0;
  for (let i = 0; i < 17; i++) {
    const digit = seventeen.charCodeAt(i) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return null;
    sum += digit * (WEIGHTS[i] ?? 0);
  }
  return CHECKS.charAt(sum % 11);
}

/**
 * Birth date of an 18-character number that is right in every way: 17 digits, the check character (`X` in upper case)
 * and a date of the calendar. Null otherwise. The address digits are not looked up.
 */
export function birthDateOf18(number: string): Day | null {
  if (number.length !== 18) return null;
  const check = checkCharacter(number);
  if (check === null || check !== number.charAt(17)) return null;
  return dayFromDigits(number, 6);
}

/**
 * The 18-character form of an old 15-digit resident number: the century after the sixth digit (19; the sequences 996 to
 * 999 were kept for those born in the 1800s: 18), the check character at the end. Null when it is not 15 digits. The
 * date is not checked here.
 */
export function widenResidentNumber(fifteen: string): string | null {
  if (fifteen.length !== 15) return null;
  const sequence = fifteen.slice(12);
  const century = sequence >= '996' && sequence <= '999' ? '18' : '19';
  const seventeen = fifteen.slice(0, 6) + century + fifteen.slice(6);
  const check = checkCharacter(seventeen);
  return check === null ? null : seventeen + check;
}

/** True when a person is 18 or older on the day, or when the document tells no birth date. */
export function adultOn(birthDate: Day | null, asOf: Day): boolean {
  return birthDate === null || yearsBetween(birthDate, asOf) >= 18;
}

/** The eight digits YYYYMMDD at `from` as a Day, or null when the calendar has no such date. Digits are assumed. */
function dayFromDigits(text: string, from: number): Day | null {
  const year = numberAt(text, from) * 100 + numberAt(text, from + 2);
  const month = numberAt(text, from + 4);
  const day = numberAt(text, from + 6);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return null;
  // Days from a civil date by integer arithmetic (years begin in March): a Date object costs five times as much.
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * 146_097 + dayOfEra - 719_468) as Day;
}

function numberAt(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}
