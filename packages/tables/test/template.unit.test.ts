import { describe, expect, it } from '@jest/globals';
import { readXlsx } from 'hucre/xlsx';
import { type CellKind, type ColumnSpec, compileRow, explainColumns, template } from '../src/index.js';
import { columnLetters, columnOf } from '../src/xlsx/references.js';
import { readAll } from './reading.js';
import { readWorkbookBytes } from './workbooks.js';

const KINDS: CellKind[] = [
  { is: 'identifier', maxLength: 20 },
  { is: 'text' },
  { is: 'money' },
  { is: 'day' },
  { is: 'month' },
  { is: 'count' },
  { is: 'code', of: ['01', '99'] },
  { is: 'code', of: ['a<"&">', 'b'.repeat(300)] },
  { is: 'digits', width: 2 },
  { is: 'letters', exactly: 1 },
  { is: 'letters' },
  { is: 'region' },
  { is: 'idType' },
  { is: 'idNumber', typeColumn: 'column_12' },
  { is: 'name' },
  { is: 'creditCode' },
];
const columns: ColumnSpec[] = KINDS.map((kind, i) => ({
  name: `column_${i}`,
  kind,
  ...(i % 3 === 0 ? { required: true } : {}),
  ...(i === 1 ? { requiredInHeader: true, title: { zh: '付款单位 <甲>', en: 'payer & "co"' } } : {}),
}));

async function bytesOf(format: 'csv' | 'xlsx'): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of template(columns, { format })) parts.push(part);
  return Buffer.concat(parts);
}

describe('a template', () => {
  it('as CSV is a header with a byte order mark, and is read without rows or warnings', async () => {
    const bytes = await bytesOf('csv');
    expect(bytes.toString()).toBe(`\uFEFF${columns.map((column) => column.name).join(',')}\r\n`);
    expect(await readAll(bytes, columns)).toEqual({ rows: [], warnings: [] });
  });

  it('as XLSX is read without rows or warnings', async () => {
    const bytes = await bytesOf('xlsx');
    expect(await readWorkbookBytes(bytes, columns)).toEqual({ rows: [], warnings: [] });
    expect(await bytesOf('xlsx')).toEqual(bytes);
  });

  it('as XLSX opens elsewhere: text format, choices for short lists of codes, explanations', async () => {
    const { sheets } = await readXlsx(await bytesOf('xlsx'), { readStyles: true });
    const [data, notes] = sheets;
    expect(data?.rows).toEqual([columns.map((column) => column.name)]);
    expect(data?.dataValidations?.map((rule) => rule.range)).toEqual(['G2:G1048576', 'M2:M1048576']);
    expect(notes?.rows.length).toBe(columns.length + 1);
    expect(notes?.rows[2]?.slice(0, 3)).toEqual([
      'column_1',
      '必须有此列，可留空 / the column must be there, a cell may be blank',
      '付款单位 <甲> / payer & "co"',
    ]);
  });

  it('gives every column a format, so that what is typed later is kept as typed', async () => {
    const { inflateRawSync } = await import('node:zlib');
    const bytes = await bytesOf('xlsx');
    const name = Buffer.from('xl/worksheets/sheet1.xml');
    const xml = inflateRawSync(bytes.subarray(bytes.indexOf(name) + name.length)).toString();
    const styles = [...xml.matchAll(/<col min="(\d+)" [^>]*style="(\d)"/g)].map((match) => match[2]);
    expect(styles).toEqual(KINDS.map(({ is }) => ({ money: '2', count: '3' })[String(is)] ?? '1'));
  });

  it('gives examples that the rules accept', () => {
    const cells = explainColumns(columns).map((each) => each.example);
    expect(compileRow(columns)({ line: 2, cells, malformed: false, unreadable: null })).toMatchObject({ ok: true });
  });
});

describe('letters of columns', () => {
  it.each([
    [1, 'A'],
    [26, 'Z'],
    [27, 'AA'],
    [52, 'AZ'],
    [702, 'ZZ'],
    [703, 'AAA'],
    [16_384, 'XFD'],
  ])('%i is %s', (column, letters) => {
    expect(columnLetters(column)).toBe(letters);
    expect(columnOf(`${letters}12`)).toBe(column);
  });
});
