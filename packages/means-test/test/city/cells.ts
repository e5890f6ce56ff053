import {
  type Day,
  type Fen,
  ID_TYPES,
  type IdType,
  type Month,
  monthOf,
  type PersonKey,
  parseDay,
  parseMonth,
  parseYuan,
  TAX_ITEMS,
} from '@hedui/contracts';
import { readIdentity } from '@hedui/identity-numbers';

export type Cells = Record<string, string>;

/** Thrown by a cell reader; the row is rejected. */
export class BadCell extends Error {}

export function need<T>(value: T | null | undefined, column: string): T {
  if (value === null || value === undefined) throw new BadCell(column);
  return value;
}
export function text(cells: Cells, column: string): string {
  return need(cells[column] || null, column);
}
export function matching(cells: Cells, column: string, pattern: RegExp): string {
  const value = text(cells, column);
  return need(pattern.test(value) ? value : null, column);
}
export function blankOr<T>(cells: Cells, column: string, read: (cells: Cells, column: string) => T): T | null {
  return cells[column] ? read(cells, column) : null;
}
export const money = (cells: Cells, column: string): Fen => need(parseYuan(text(cells, column)), column);
export const day = (cells: Cells, column: string): Day => need(parseDay(text(cells, column)), column);
export const month = (cells: Cells, column: string): Month => need(parseMonth(text(cells, column)), column);
export const monthOfDay = (cells: Cells, column: string): Month => monthOf(day(cells, column));
export function oneOf<T extends string>(values: readonly T[]): (cells: Cells, column: string) => T {
  return (cells, column) => {
    const value = text(cells, column);
    return need(
      values.find((v) => v === value),
      column,
    );
  };
}
export const taxItem = oneOf(TAX_ITEMS);

/** The document of a row as a key of this test: type and normalised number. */
export function person(cells: Cells, prefix = ''): PersonKey {
  const type: IdType = blankOr(cells, `${prefix}id_type`, oneOf(ID_TYPES)) ?? 'resident_id';
  const reading = readIdentity(type, text(cells, `${prefix}id_number`));
  if (!reading.ok) throw new BadCell('id_number');
  return `${reading.identity.type}:${reading.identity.number}` as PersonKey;
}
