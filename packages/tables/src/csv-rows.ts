import { cleanCell } from './cells.js';
import type { ColumnSpec, RawRow } from './columns.js';
import { csvScanner, type ScannedRow } from './csv-scanner.js';
import { readHeader } from './header.js';
import type { RowReader } from './row-reader.js';

/** Rows of a CSV: the first line that is not blank is the header, in any order of columns. */
export function csvRows(columns: readonly ColumnSpec[], maxRowLength: number): RowReader {
  const scanner = csvScanner(maxRowLength);
  const warnings: string[] = [];
  let positions: readonly number[] | null = null;
  let headerCells = 0;

  return {
    warnings,
    place: {
      betweenRows: () => positions !== null && scanner.betweenRows(),
      line: scanner.line,
      passOver: scanner.passOver,
      context: () => `csv ${headerCells} ${positions?.join(',')} ${maxRowLength}`,
    },
    push: scanner.push,
    end: scanner.end,
    start() {
      if (positions) return true;
      const header = scanner.next();
      if (!header) return false;
      positions = readHeader(header, columns, warnings);
      headerCells = header.cells.length;
      scanner.expectCells(headerCells);
      return true;
    },
    next() {
      const row = scanner.next();
      return row && positions ? align(row, positions) : null;
    },
  };
}

/** The cells of a row in the order of the columns, clean. */
export function align(row: ScannedRow, positions: readonly number[]): RawRow {
  const cells = new Array<string>(positions.length);
  for (let i = 0; i < positions.length; i++) cells[i] = cleanCell(row.cells[positions[i] ?? -1] ?? '');
  return { line: row.line, cells, malformed: row.malformed, unreadable: null };
}
