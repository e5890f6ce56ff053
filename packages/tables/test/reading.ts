import { type ColumnSpec, openTable, type RawRow, type TableFormat, type TableLimits } from '../src/index.js';

/** Bytes in pieces: of the sizes given, over and over. */
export async function* pieces(bytes: Uint8Array, sizes: readonly number[] = [65_536]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

export interface Reading {
  rows: RawRow[];
  warnings: readonly string[];
}

/** Everything that a table of these bytes holds. */
export async function readAll(
  input: string | Uint8Array,
  columns: readonly ColumnSpec[],
  {
    format = 'csv',
    limits = {},
    sizes,
  }: { format?: TableFormat; limits?: TableLimits; sizes?: readonly number[] } = {},
): Promise<Reading> {
  const table = await openTable(pieces(typeof input === 'string' ? Buffer.from(input) : input, sizes), {
    format,
    columns,
    limits,
  });
  const rows: RawRow[] = [];
  for await (const batch of table.rows()) rows.push(...batch);
  return { rows, warnings: table.warnings };
}

/** Columns of plain text with these names. */
export function textColumns(...names: string[]): ColumnSpec[] {
  return names.map((name) => ({ name, kind: { is: 'text' } }));
}
