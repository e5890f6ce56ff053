import { COLUMN_TITLES, XLSX_TYPE } from '@hedui/contracts';
import type { ColumnSpec } from './columns.js';
import type { TableFormat } from './table.js';

/** The format of a body by its content type; CSV when it says nothing else. */
export function formatOf(contentType: string): TableFormat {
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (type === XLSX_TYPE) return 'xlsx';
  return type === 'application/x-ndjson' || type === 'application/ndjson' ? 'ndjson' : 'csv';
}

/** The columns with what they are called, where that is known. */
export function titled(columns: readonly ColumnSpec[]): ColumnSpec[] {
  return columns.map((column) => {
    const title = column.title ?? COLUMN_TITLES[column.name];
    return title ? { ...column, title } : column;
  });
}
