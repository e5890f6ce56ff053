import { type Area, type Day, type Fen, regionPrefix } from '@hedui/contracts';

/** A row of a policy's table: one amount for a region from a date on; the rows of a region stand latest first. */
export interface DatedAmount {
  /** As the policy writes it: six or nine digits. */
  region: string;
  from: Day;
  amount: Fen;
}

/** Amounts by area and region prefix (`urban:5201`): a look-up tries township, county, city, province. */
export type AmountTable = ReadonlyMap<string, readonly DatedAmount[]>;

const PREFIX_LENGTHS = [9, 6, 4, 2] as const;

/** Builds the table from rows in any order. */
export function amountTable(rows: readonly { region: string; area: Area; from: Day; amount: Fen }[]): AmountTable {
  const table = new Map<string, DatedAmount[]>();
  for (const row of rows) {
    const key = `${row.area}:${regionPrefix(row.region)}`;
    const entries = table.get(key);
    const entry = { region: row.region, from: row.from, amount: row.amount };
    if (entries) entries.push(entry);
    else table.set(key, [entry]);
  }
  for (const entries of table.values()) entries.sort((a, b) => b.from - a.from);
  return table;
}

/** Among the rows in force, the longest matching region, then the latest `from` (README §2); null when there is none. */
export function lookUp(table: AmountTable, region: string, area: Area, asOf: Day): DatedAmount | null {
  for (const length of PREFIX_LENGTHS) {
    if (region.length < length) continue;
    const entries = table.get(`${area}:${region.slice(0, length)}`);
    if (entries === undefined) continue;
    for (const entry of entries) if (entry.from <= asOf) return entry;
  }
  return null;
}
