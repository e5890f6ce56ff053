import { createReadStream } from 'node:fs';
import { readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ID_TYPES, type IdType } from '@hedui/contracts';
import { normaliseName, readIdentity } from '@hedui/identity-numbers';
import { parse } from 'csv-parse';
import { type Kind, type Needle, needlesOf } from './needles.js';

/** What a column of the files holds; others name nobody. Codes of payers and employers are as those of entities. */
const COLUMNS: Readonly<Record<string, Kind>> = {
  id_number: 'identity number',
  spouse_id_number: 'identity number',
  name: 'name',
  spouse_name: 'name',
  plate_no: 'plate',
  account_no: 'account',
  uscc: 'company code',
  payer_code: 'company code',
  employer_code: 'company code',
  benefit_no: 'benefit number',
  household_ref: 'reference',
  authorisation_no: 'reference',
};

/** Every value of the run's files that names somebody, as written and as it is read. */
export async function valuesOfCity(folder: string): Promise<Map<string, Kind>> {
  const values = new Map<string, Kind>();
  const files = (await readdir(folder)).filter((file) => file.endsWith('.csv'));
  for (const file of files) {
    const rows = createReadStream(path.join(folder, file)).pipe(
      parse({ columns: true, bom: true, relax_column_count: true }),
    );
    for await (const row of rows as AsyncIterable<Record<string, string>>) {
      for (const [column, kind] of Object.entries(COLUMNS)) {
        const text = row[column]?.trim();
        if (!text) continue;
        for (const form of formsOf(text, kind, row.id_type)) values.set(form, kind);
      }
    }
  }
  return values;
}

function formsOf(text: string, kind: Kind, idType: string | undefined): string[] {
  if (kind === 'name') return [text, normaliseName(text)].filter((name) => [...name].length > 1 && !name.includes('*'));
  if (kind !== 'identity number') return [text];
  const type = ID_TYPES.find((one): one is IdType => one === idType) ?? 'resident_id';
  const read = readIdentity(type, text);
  // Damaged numbers are rejected and kept nowhere; they are looked for as they were written, while they are long enough.
  if (!read.ok) return text.length >= 8 ? [text] : [];
  const { number } = read.identity;
  return number.length === 18 ? [text, number, number.slice(0, 6) + number.slice(8, 17)] : [text, number];
}

export function* needlesOfValues(values: ReadonlyMap<string, Kind>): Generator<Needle> {
  for (const [text, kind] of values) yield* needlesOf(text, kind);
}

/**
 * Gives some records an id as careless departments do: the number, or the name, of the person. The columns record_id, id_type, id_number
 * and name are the first of every file of the city, and hold no comma.
 */
export async function giveTellingIds(folder: string, everyNth: number): Promise<Set<string>> {
  const given = new Set<string>();
  let n = 0;
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.csv') || file === 'households.csv') continue;
    const from = path.join(folder, file);
    const rows = createReadStream(from).pipe(parse({ relax_column_count: true }));
    const lines: string[] = [];
    for await (const cells of rows as AsyncIterable<string[]>) {
      const [id, , number, name] = cells;
      if (lines.length > 0 && ++n % everyNth === 0) {
        cells[0] = n % (2 * everyNth) === 0 ? `${number}-${id}` : `${name}${id}`;
        given.add(cells[0].normalize('NFKC').trim());
      }
      lines.push(cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(','));
    }
    await writeFile(`${from}.new`, `${lines.join('\n')}\n`);
    await rename(`${from}.new`, from);
  }
  return given;
}
