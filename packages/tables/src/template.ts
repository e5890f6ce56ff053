import type { CellKind, ColumnSpec } from './columns.js';
import { explainColumns } from './explanations.js';
import { csvCell } from './rejects.js';
import { EXPLANATIONS_SHEET } from './xlsx/explanations-sheet.js';
import { type StyleName, type WrittenSheet, writeWorkbook } from './xlsx/write-workbook.js';

export interface TemplateOptions {
  readonly format: 'csv' | 'xlsx';
}

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * An empty file to fill in: a header and no rows, so that nothing invented is loaded by mistake. CSV has a byte order mark,
 * by which spreadsheets know UTF-8. XLSX has the required columns marked, text format where a spreadsheet would damage
 * what is typed, choices for codes, and a second sheet that explains each column with an example.
 */
export async function* template(
  columns: readonly ColumnSpec[],
  { format }: TemplateOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (format === 'csv') {
    yield Buffer.from(`${BYTE_ORDER_MARK}${columns.map((column) => csvCell(column.name)).join(',')}\r\n`);
  } else {
    yield writeWorkbook([dataSheet(columns), explanationsSheet(columns)]);
  }
}

function dataSheet(columns: readonly ColumnSpec[]): WrittenSheet {
  const explanations = explainColumns(columns);
  return {
    name: '数据 Data',
    columns: columns.map(({ name, kind }, i) => ({
      width: Math.max(12, name.length + 4),
      style: styleOf(kind),
      choices: explanations[i]?.codes ?? [],
    })),
    rows: [
      columns.map(({ name, required, requiredInHeader }) => ({
        text: name,
        style: required || requiredInHeader ? 'headRequired' : 'headOptional',
      })),
    ],
  };
}

/** Text, but for the columns whose numbers people add up. */
function styleOf(kind: CellKind): StyleName {
  return kind.is === 'money' || kind.is === 'count' ? kind.is : 'text';
}

function explanationsSheet(columns: readonly ColumnSpec[]): WrittenSheet {
  const head = ['列 Column', '要求 Requirement', '含义 Meaning', '形式 Form', '代码 Codes', '示例 Example'];
  const rows = explainColumns(columns).map(({ name, required, meaning, form, codes, example }) =>
    [name, required, meaning, form, codes.join(' '), example].map((text) => ({ text, style: 'wrapped' as const })),
  );
  return {
    name: EXPLANATIONS_SHEET,
    columns: [24, 28, 32, 44, 44, 24].map((width) => ({ width, style: 'wrapped' })),
    rows: [head.map((text) => ({ text, style: 'headOptional' as const })), ...rows],
  };
}
