import type { InputError } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { cleanCell, describeColumn } from './cells.js';
import type { ColumnSpec, RawRow } from './columns.js';
import { csvScanner, type ScannedRow } from './csv-scanner.js';
import { MAX_NAMED_COLUMNS, type RowReader, unknownColumnWarning } from './row-reader.js';

/** Rows of a CSV: the first line that is not blank is the header, in any order of columns. */
export function csvRows(columns: readonly ColumnSpec[], maxRowLength: number): RowReader {
  const scanner = csvScanner(maxRowLength);
  const warnings: string[] = [];
  let positions: readonly number[] | null = null;

  return {
    warnings,
    push: scanner.push,
    end: scanner.end,
    start() {
      if (positions) return true;
      const header = scanner.next();
      if (!header) return false;
      positions = readHeader(header, columns, warnings);
      scanner.expectCells(header.cells.length);
      return true;
    },
    next() {
      const row = scanner.next();
      return row && positions ? align(row, positions) : null;
    },
  };
}

function align(row: ScannedRow, positions: readonly number[]): RawRow {
  const cells = new Array<string>(positions.length);
  for (let i = 0; i < positions.length; i++) cells[i] = cleanCell(row.cells[positions[i] ?? -1] ?? '');
  return { line: row.line, cells, malformed: row.malformed, unreadable: null };
}

/** For each column its position in the file, −1 for one that the file does not have. */
function readHeader(header: ScannedRow, columns: readonly ColumnSpec[], warnings: string[]): readonly number[] {
  if (header.malformed) throw unusable([fault(header, null, 'ROW_MALFORMED', '表头行格式错误', 'it cannot be read')]);
  const names = header.cells.map((cell) => cleanCell(cell).toLowerCase());
  const errors: InputError[] = [];
  const positions = columns.map((column) => {
    const position = names.indexOf(column.name);
    if (position < 0 && (column.required || column.requiredInHeader)) {
      errors.push(fault(header, column.name, 'COLUMN_MISSING', '表头缺少必需的列', 'a required column is missing'));
    }
    if (position >= 0 && names.includes(column.name, position + 1)) {
      errors.push(fault(header, column.name, 'COLUMN_REPEATED', '表头列名重复', 'the column stands there twice'));
    }
    return position;
  });
  if (errors.length > 0) throw unusable(errors);
  const known = new Set(columns.map((column) => column.name));
  const unknown = new Set<string>();
  names.forEach((name, index) => {
    if (name !== '' && !known.has(name)) unknown.add(describeColumn(name, index + 1));
  });
  warnings.push(...[...unknown].slice(0, MAX_NAMED_COLUMNS).map(unknownColumnWarning));
  return positions;
}

function unusable(errors: InputError[]): HeduiError {
  return new HeduiError('HEADER_UNUSABLE', { errors });
}

function fault(header: ScannedRow, column: string | null, code: string, zh: string, en: string): InputError {
  return { line: header.line, column, code, rule: `${zh} / the header: ${en}` };
}
