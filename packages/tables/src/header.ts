import type { InputError } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { cleanCell, describeColumn } from './cells.js';
import type { ColumnSpec } from './columns.js';
import { MAX_NAMED_COLUMNS, unknownColumnWarning } from './row-reader.js';

/** The row that names the columns. */
export interface HeaderRow {
  readonly line: number;
  readonly cells: readonly string[];
  readonly malformed: boolean;
}

/**
 * For each column its position in the file, −1 for one that the file does not have. Adds a warning for each unknown
 * column. Throws HEADER_UNUSABLE (HeduiError) with one error for each column that is missing or stands there twice.
 */
export function readHeader(header: HeaderRow, columns: readonly ColumnSpec[], warnings: string[]): readonly number[] {
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

function fault(header: HeaderRow, column: string | null, code: string, zh: string, en: string): InputError {
  return { line: header.line, column, code, rule: `${zh} / the header: ${en}` };
}
