/**
 * What a cell of a worksheet says, as the text that the rules of its column judge. A CSV holds what somebody wrote; a
 * workbook may hold what a spreadsheet made of it, so a value whose writing cannot be told is not handed on.
 */
import type { CellKind } from '../columns.js';
import type { NumberMeaning } from './styles.js';

/** Longest text of a cell, in UTF-16 units: the limit of spreadsheets themselves. */
export const MAX_CELL_LENGTH = 32_767;

const escapes = /_x([0-9A-Fa-f]{4})_/g;
const forbidden = /[\0\p{Surrogate}]/u;
const numberForm = /^-?\d{1,400}(?:\.\d{1,400})?(?:[Ee][+-]?\d{1,4})?$/;
const isoDate = /^(\d{4}-\d\d-\d\d)(?:T00:00(?::00(?:\.0+)?)?Z?)?$/;
/** Excel's own precision. */
const SIGNIFICANT_DIGITS = 15;
const DAY_MS = 86_400_000;
/** Day 0 of the 1900 system for all days after the one that never was, and of the 1904 system. */
const ORIGIN_1900 = Date.UTC(1899, 11, 30);
const ORIGIN_1904 = Date.UTC(1904, 0, 1);
const LAST_DAY = Date.UTC(9999, 11, 31);
/** Serial 60 of the 1900 system is 29 February 1900, which spreadsheets keep for the sake of an older one. */
const DAY_THAT_NEVER_WAS = 60;
/** Scientific notation: the rules of a column make EXCEL_DAMAGED of it. */
const DAMAGED = '0E+0';

/** `_x000D_` stands for a character that XML has no place for, `_x005F_` for an underscore before such a thing. */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(escapes, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Null: what a database cannot keep as text. */
export function plainText(text: string): string | null {
  return forbidden.test(text) ? null : text;
}

/** A truth value is text only where any text will do. Null: not a cell of the column. */
export function truthText(value: string, kind: CellKind): string | null {
  if (kind.is !== 'text') return null;
  return value === '1' || value === 'true' ? 'TRUE' : 'FALSE';
}

/** A date that is written as one (`t="d"`). */
export function isoDateText(value: string, kind: CellKind): string | null {
  const day = isoDate.exec(value.trim())?.[1];
  return day === undefined ? null : dateText(day, kind);
}

/**
 * A number. Dates: `YYYY-MM-DD`, in a column of months `YYYY-MM`; in one of ids and codes they are damage (`3-12` became a
 * date). Plain numbers are rounded to 15 significant digits, which takes away binary noise (0.1 + 0.2) and nothing that a
 * spreadsheet shows. Ids of 15 digits or more, or in scientific notation, are damage, as is any number from 10^15 on.
 * Null: not a cell of the column.
 */
export function numberText(value: string, meaning: NumberMeaning, date1904: boolean, kind: CellKind): string | null {
  const written = value.trim();
  const number = numberForm.test(written) ? Number(written) : Number.NaN;
  if (!Number.isFinite(number)) return null;
  if (meaning === 'time') return null;
  if (meaning === 'date') {
    const day = dayOfSerial(rounded(number), date1904);
    return day === null ? null : dateText(day, kind);
  }
  const freeText = kind.is === 'text' || kind.is === 'name';
  if (Math.abs(number) >= 1e15) return freeText ? null : number.toExponential();
  if (isReference(kind) && (/[Ee]/.test(written) || significantDigits(number) >= SIGNIFICANT_DIGITS)) {
    return number.toExponential();
  }
  // What is written in so few characters has no digits to lose.
  return decimalText(written.length <= SIGNIFICANT_DIGITS ? number : rounded(number));
}

function dateText(day: string, kind: CellKind): string | null {
  switch (kind.is) {
    case 'day':
    case 'text':
      return day;
    case 'month':
      return day.slice(0, 7);
    case 'money':
    case 'count':
    case 'name':
      return null;
    default:
      return DAMAGED;
  }
}

/** Kinds whose digits name something: none may be lost. */
function isReference(kind: CellKind): boolean {
  switch (kind.is) {
    case 'text':
    case 'name':
    case 'money':
    case 'count':
    case 'day':
    case 'month':
      return false;
    default:
      return true;
  }
}

/** `YYYY-MM-DD`, which may be a day that never was (1900-02-29); null for a serial with a time of day or out of range. */
function dayOfSerial(serial: number, date1904: boolean): string | null {
  if (!Number.isInteger(serial) || serial < 0) return null;
  if (date1904) return isoDay(ORIGIN_1904 + serial * DAY_MS);
  if (serial === 0) return null;
  if (serial === DAY_THAT_NEVER_WAS) return '1900-02-29';
  return isoDay(ORIGIN_1900 + (serial < DAY_THAT_NEVER_WAS ? serial + 1 : serial) * DAY_MS);
}

function isoDay(ms: number): string | null {
  return ms > LAST_DAY ? null : new Date(ms).toISOString().slice(0, 10);
}

function rounded(number: number): number {
  return Number(number.toPrecision(SIGNIFICANT_DIGITS));
}

/** Digits of an integer however many zeros it ends in, else of the shortest decimal that is this number. */
function significantDigits(number: number): number {
  const digits = String(Math.abs(number)).replace('.', '').replace(/^0+/, '');
  return digits.length;
}

/** Without exponent; numbers too small for that keep more decimals than any rule allows. */
function decimalText(number: number): string {
  if (number === 0) return '0';
  return Math.abs(number) < 1e-6 ? number.toFixed(20) : String(number);
}
