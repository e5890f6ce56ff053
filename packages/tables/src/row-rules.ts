import { ruleText } from '@hedui/contracts';
import { CellFault, type CellReader, cellReader } from './cell-rules.js';
import type { CellValue, ColumnSpec, RawRow, RowFault } from './columns.js';

export type RowResult =
  /** Values aligned with the columns. */
  | { readonly ok: true; readonly values: CellValue[] }
  /** Every fault of the row, in the order of the columns. */
  | { readonly ok: false; readonly errors: RowFault[] };

const MALFORMED: RowFault = { column: null, code: 'ROW_MALFORMED', rule: ruleText('ROW_MALFORMED') };

/** Compiles the rules of the columns once; the function it returns judges a row and never throws. */
export function compileRow(columns: readonly ColumnSpec[]): (row: RawRow) => RowResult {
  const readers: CellReader[] = columns.map((column) => cellReader(column, columns));
  const notACell = columns.map((column) => ({
    column: column.name,
    code: 'VALUE_INVALID' as const,
    rule: ruleText(
      'VALUE_INVALID',
      '文本或数字，不接受公式和错误值 / text or a number, not a formula or an error value; long numbers as text',
    ),
  }));

  return (row) => {
    if (row.malformed) return { ok: false, errors: [MALFORMED] };
    const { cells, unreadable } = row;
    const values = new Array<CellValue>(readers.length);
    let errors: RowFault[] | null = null;
    for (let i = 0; i < readers.length; i++) {
      const unread = unreadable?.includes(i) ? notACell[i] : undefined;
      const value = unread ? null : (readers[i]?.(cells[i] ?? '', cells) ?? null);
      if (unread) errors = [...(errors ?? []), unread];
      else if (typeof value === 'object' && value instanceof CellFault) errors = [...(errors ?? []), value.fault];
      else values[i] = value;
    }
    return errors ? { ok: false, errors } : { ok: true, values };
  };
}
