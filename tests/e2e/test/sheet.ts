import { writeFile } from 'node:fs/promises';
import { writeXlsx } from 'hucre/xlsx';

/** Writes one sheet with an independent library, so that our reader meets what others write. */
export async function sheet(file: string, rows: (string | number)[][]): Promise<void> {
  await writeFile(file, await writeXlsx({ sheets: [{ name: 'Sheet1', rows }] }));
}
