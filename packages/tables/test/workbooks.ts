import { type ColumnSpec, openTable, type RawRow, type TableLimits } from '../src/index.js';
import { zipOf } from '../src/xlsx/write-zip.js';
import { pieces } from './reading.js';

const RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** The parts of a workbook of one sheet by their names; `rows` is what stands in its sheetData. */
export function partsOf(rows: string, { styles = '', shared = '' } = {}): Record<string, string> {
  return {
    '_rels/.rels': `<Relationships><Relationship Id="r1" Type="${RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns:r="${RELATION}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="r1" Type="${RELATION}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="${RELATION}/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="r3" Type="${RELATION}/styles" Target="styles.xml"/></Relationships>`,
    'xl/sharedStrings.xml': `<sst>${shared}</sst>`,
    'xl/styles.xml': `<styleSheet>${styles}</styleSheet>`,
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${rows}</sheetData></worksheet>`,
  };
}

export function zipped(parts: Record<string, string | Buffer>): Buffer {
  return zipOf(Object.entries(parts).map(([name, bytes]) => ({ name, bytes: Buffer.from(bytes) })));
}

/** A row of cells, each one as XML or as the text of an inline string; undefined is a gap. */
export function row(number: number, cells: readonly (string | undefined)[]): string {
  const xml = cells.map((cell, i) => {
    if (cell === undefined) return '';
    const at = `r="${String.fromCharCode(65 + i)}${number}"`;
    return cell.startsWith('<c')
      ? cell.replace('<c', `<c ${at}`)
      : `<c ${at} t="inlineStr"><is><t>${cell}</t></is></c>`;
  });
  return `<row r="${number}">${xml.join('')}</row>`;
}

export interface WorkbookReading {
  rows: RawRow[];
  warnings: readonly string[];
}

export async function readWorkbookBytes(
  bytes: Uint8Array,
  columns: readonly ColumnSpec[],
  { limits = {}, spoolDirectory }: { limits?: TableLimits; spoolDirectory?: string } = {},
): Promise<WorkbookReading> {
  const table = await openTable(pieces(bytes, [1, 7, 4096]), {
    format: 'xlsx',
    columns,
    limits,
    ...(spoolDirectory ? { spoolDirectory } : {}),
  });
  const rows: RawRow[] = [];
  for await (const batch of table.rows()) rows.push(...batch);
  return { rows, warnings: table.warnings };
}
