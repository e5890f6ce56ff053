import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { regionPrefix } from '@hedui/contracts';
import type { CityLoad } from '../src/comparators/parameters.js';

export type Cells = Record<string, string>;

/** The rows of a CSV file with the line on which each begins; GB 18030 where it is not UTF-8. */
async function rowsOf(file: string): Promise<{ line: number; cells: Cells }[]> {
  const bytes = await readFile(file);
  let content: string;
  try {
    content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    content = new TextDecoder('gb18030').decode(bytes);
  }
  const [header = { line: 1, cells: [] }, ...records] = parse(content);
  const names = header.cells.map((name) => name.trim());
  return records.map(({ line, cells }) => ({
    line,
    cells: Object.fromEntries(names.map((name, i) => [name, cellOf(cells[i] ?? '')])),
  }));
}

/** RFC 4180 with LF or CRLF, and the line on which each record begins; records without any cell are left out. */
function parse(content: string): { line: number; cells: string[] }[] {
  const records: { line: number; cells: string[] }[] = [];
  let line = 1;
  let record = { line, cells: [] as string[] };
  let cell = '';
  let inQuotes = false;
  const endCell = (): void => {
    record.cells.push(cell);
    cell = '';
  };
  const endRecord = (): void => {
    endCell();
    if (record.cells.some((text) => text !== '')) records.push(record);
    record = { line, cells: [] };
  };
  let before = '';
  for (const character of content) {
    if (character === '\n') line++;
    if (character === '"') {
      // A doubled quote leaves and enters again: it stands for itself.
      if (!inQuotes && cell !== '' && before === '"') cell += '"';
      inQuotes = !inQuotes;
    } else if (inQuotes) cell += character;
    else if (character === ',') endCell();
    else if (character === '\n') endRecord();
    else if (character !== '\r') cell += character;
    before = character;
  }
  endRecord();
  return records;
}

const cellOf = (cell: string): string => cell.trim().replace(/^'/, '').normalize('NFKC').replace(/\s+/g, ' ').trim();

const quoted = (cell: string): string => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

async function write(file: string, columns: readonly string[], rows: readonly Cells[]): Promise<void> {
  const lines = rows.map((row) => columns.map((name) => quoted(row[name] ?? '')).join(','));
  await writeFile(file, `${[columns.join(','), ...lines].join('\n')}\n`);
}

/**
 * A sample city as one clean file a record type, holding what stands after all of its loads, and the households that are
 * accepted: the comparators assess, they do not take files in. `refused` gives the lines that each load must reject.
 */
export async function cleanCity(
  from: string,
  to: string,
  loads: readonly CityLoad[],
  refused: readonly ReadonlySet<number>[],
): Promise<void> {
  const held = new Map<string, Map<string, { cells: Cells; scope: string }>>();
  const columns = new Map<string, Set<string>>();
  for (const [at, load] of loads.entries()) {
    const records = held.get(load.type) ?? new Map<string, { cells: Cells; scope: string }>();
    held.set(load.type, records);
    const names = columns.get(load.type) ?? new Set<string>();
    columns.set(load.type, names);
    const kept = new Set<string>();
    for (const { line, cells } of await rowsOf(path.join(from, load.file))) {
      const id = cells.record_id ?? '';
      kept.add(id);
      if (!refused[at]?.has(line)) records.set(id, { cells, scope: load.scope });
      for (const name of Object.keys(cells)) if (/^[a-z_]+$/.test(name)) names.add(name);
    }
    if (load.mode !== 'full') continue;
    for (const [id, { scope }] of records) {
      if (!kept.has(id) && scope.startsWith(regionPrefix(load.scope))) records.delete(id);
    }
  }
  for (const [type, records] of held) {
    await write(
      path.join(to, `${type}.csv`),
      [...(columns.get(type) ?? [])],
      [...records.values()].map((r) => r.cells),
    );
  }
  const rejected = JSON.parse(await readFile(path.join(from, 'rejected.json'), 'utf8')) as Record<string, string>;
  const rows = (await rowsOf(path.join(from, 'households.csv'))).map((row) => row.cells);
  const names = [
    'household_ref',
    ...Object.keys(rows[0] ?? {}).filter((name) => /^(?!household_ref)[a-z_]+$/.test(name)),
  ];
  const accepted = rows.filter((row) => !((row.household_ref ?? '') in rejected));
  await write(path.join(to, 'households.csv'), names, accepted);
}
