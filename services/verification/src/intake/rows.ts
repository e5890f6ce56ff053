import { type CellValue, type ColumnSpec, compileRow, type RawRow, type RowFault } from '@hedui/tables';
import { BATCH_COLUMNS } from './columns.js';

/** A row whose cells have been judged one by one. */
export interface JudgedRow {
  line: number;
  cells: readonly string[];
  malformed: boolean;
  /** Values of the good cells, aligned with the columns; null where a cell is blank or faulty. */
  values: readonly CellValue[];
  faults: readonly RowFault[];
}

const judge = compileRow(BATCH_COLUMNS);
const NO_FAULTS: readonly RowFault[] = [];

/**
 * Each column's rule by itself, for rows that have a fault: what is good in them still counts for the rules of the
 * household, so that it gets all of its reasons at once.
 */
const single = BATCH_COLUMNS.map((column: ColumnSpec, at) => {
  const { kind } = column;
  const typeAt = kind.is === 'idNumber' ? BATCH_COLUMNS.findIndex((c) => c.name === kind.typeColumn) : -1;
  const type = BATCH_COLUMNS[typeAt];
  return type ? { judge: compileRow([column, type]), from: [at, typeAt] } : { judge: compileRow([column]), from: [at] };
});

export function judgeRow(row: RawRow): JudgedRow {
  const result = judge(row);
  const { line, cells, malformed } = row;
  if (result.ok) return { line, cells, malformed, values: result.values, faults: NO_FAULTS };
  const values = malformed ? [] : goodValues(row, new Set(result.errors.map((fault) => fault.column)));
  return { line, cells, malformed, values, faults: result.errors };
}

function goodValues(row: RawRow, faulty: ReadonlySet<string | null>): CellValue[] {
  return BATCH_COLUMNS.map((column, i) => {
    const rule = single[i];
    if (faulty.has(column.name) || rule === undefined) return null;
    const result = rule.judge({ ...row, cells: rule.from.map((at) => row.cells[at] ?? ''), unreadable: null });
    return result.ok ? (result.values[0] ?? null) : null;
  });
}
