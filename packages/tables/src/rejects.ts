import { REJECT_COLUMNS, type RejectedRow } from '@hedui/contracts';

/** The header line of a reject list as CSV: `line,ref,column,code,rule`. */
export const REJECTS_CSV_HEADER = `${REJECT_COLUMNS.join(',')}\n`;

/** A reject list as CSV, line by line, the header first: `line,ref,column,code,rule`, RFC 4180 quoting, LF. */
export async function* rejectsCsv(
  rows: AsyncIterable<RejectedRow> | Iterable<RejectedRow>,
): AsyncGenerator<string, void, undefined> {
  yield REJECTS_CSV_HEADER;
  for await (const row of rows) yield rejectsCsvLine(row);
}

/** One line of a reject list, with its line break. */
export function rejectsCsvLine(row: RejectedRow): string {
  return `${REJECT_COLUMNS.map((column) => csvCell(row[column])).join(',')}\n`;
}

/**
 * One cell for a CSV that people open in a spreadsheet: null is blank; text that would be read as a formula (it begins
 * with `=`, `+`, `-`, `@`, a tab or a carriage return) gets a leading apostrophe; quoted where RFC 4180 asks for it.
 */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
