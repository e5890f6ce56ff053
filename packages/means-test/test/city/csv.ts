/** A row of a CSV file as a plain reader sees it; cells are cleaned as every format of the exchange asks. */
export interface CsvRow {
  /** Physical line where the row begins; the header is line 1. */
  line: number;
  cells: Record<string, string>;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030', { fatal: true }).decode(bytes);
  }
}

const clean = (cell: string): string => cell.normalize('NFKC').trim().replace(/^'/, '').trim();

/** Reads a whole small file, character by character. */
export function readCsv(bytes: Uint8Array): CsvRow[] {
  const text = decode(bytes);
  const rows: { line: number; cells: string[] }[] = [];
  let line = 1;
  let row = { line, cells: [] as string[] };
  let cell = '';
  let quoted = false;
  const endRow = (): void => {
    row.cells.push(cell);
    cell = '';
    if (row.cells.length > 1 || row.cells[0] !== '') rows.push(row);
    row = { line, cells: [] };
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\n') line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      row.cells.push(cell);
      cell = '';
    } else if (c === '\n') endRow();
    else if (c !== '\r') cell += c;
  }
  if (cell !== '' || row.cells.length > 0) endRow();
  const [header, ...body] = rows;
  if (header === undefined) throw new Error('a file without a header');
  const names = header.cells.map(clean);
  return body.map(({ line: at, cells }) => ({
    line: at,
    cells: Object.fromEntries(names.map((name, i) => [name, clean(cells[i] ?? '')])),
  }));
}
