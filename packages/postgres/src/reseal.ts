import type { Client, Queryable } from './pool.js';

/** Values that stand sealed in a table, by their place. The names are the program's own, never a caller's. */
interface SealedColumn {
  table: string;
  /** What makes up the context of a value, besides the sealed column. */
  columns: readonly string[];
  sealed: string;
}

/** A sealed value begins with its version, the length of its key's name, and that name (packages/privacy). */
const other = ({ sealed }: SealedColumn) =>
  `${sealed} IS NOT NULL AND substring(${sealed} FROM 3 FOR get_byte(${sealed}, 1)) <> convert_to($1, 'UTF8')`;

/** Pages of a table looked through by one step at most: a page is read once, whether it holds something to do or not. */
const PAGES = 512;

/**
 * Seals anew what stands under other keys than `current`, in the pages from `page` on: up to `limit` values. Returns the page to go on from,
 * null at the table's end, and how many were sealed. What is written meanwhile stands in whichever page has room, so a pass is followed by
 * `sealedOtherwise`.
 */
async function resealPages(
  client: Client,
  place: SealedColumn,
  current: string,
  page: number,
  limit: number,
  reseal: (row: Readonly<Record<string, unknown>>, sealed: Buffer) => Buffer,
): Promise<{ next: number | null; sealed: number }> {
  const { table, columns, sealed } = place;
  const { rows: sizes } = await client.query<{ pages: string }>(
    `SELECT pg_relation_size($1::regclass) / current_setting('block_size')::int AS pages`,
    [table],
  );
  const pages = Number(sizes[0]?.pages ?? 0);
  if (page >= pages) return { next: null, sealed: 0 };
  const end = page + PAGES;
  const { rows } = await client.query<Record<string, unknown> & { at: string; value: Buffer }>(
    `SELECT ctid::text AS at, ${sealed} AS value${columns.map((name) => `, ${name}`).join('')} FROM ${table}
     WHERE ctid >= $2::tid AND ctid < $3::tid AND ${other(place)} ORDER BY ctid LIMIT $4 FOR UPDATE`,
    [current, `(${page},0)`, `(${end},0)`, limit],
  );
  if (rows.length > 0) {
    await client.query(
      `UPDATE ${table} SET ${sealed} = n.value FROM unnest($1::tid[], $2::bytea[]) AS n(at, value) WHERE ${table}.ctid = n.at`,
      [rows.map((row) => row.at), rows.map((row) => reseal(row, row.value))],
    );
  }
  const whole = rows.length < limit;
  return { next: whole ? (end >= pages ? null : end) : page, sealed: rows.length };
}

/** A sealed column whose values' contexts follow from their rows. */
export interface SealedPlace extends SealedColumn {
  /** Values of one step at most, where they are large. */
  most?: number;
  context(row: Readonly<Record<string, unknown>>): string;
}

/** What opens and seals (packages/privacy, `Sealer`). */
interface Opening {
  seal(plain: Uint8Array, context: string): Buffer;
  open(sealed: Uint8Array, context: string): Buffer;
}

const STEP_VALUES = 500;

/**
 * One bounded step through all places: seals the next page of the first place that is not through. How far each one is stands in the table
 * `resealing(place, page)` of the service; emptying it begins another pass. False when every place is through.
 */
export async function resealNext(
  client: Client,
  places: readonly SealedPlace[],
  current: string,
  sealer: Opening,
  stepValues = STEP_VALUES,
): Promise<boolean> {
  for (const place of places) {
    const name = `${place.table}.${place.sealed}`;
    await client.query('INSERT INTO resealing (place, page) VALUES ($1, 0) ON CONFLICT DO NOTHING', [name]);
    const { rows } = await client.query<{ page: string | null }>('SELECT page FROM resealing WHERE place = $1', [name]);
    const page = rows[0]?.page ?? null;
    if (page === null) continue;
    const limit = Math.min(stepValues, place.most ?? stepValues);
    const { next } = await resealPages(client, place, current, Number(page), limit, (row, sealed) => {
      const context = place.context(row);
      return sealer.seal(sealer.open(sealed, context), context);
    });
    await client.query('UPDATE resealing SET page = $2 WHERE place = $1', [name, next]);
    return true;
  }
  return false;
}

/** Ends a pass. False: something was written under another key meanwhile, and another pass begins. */
export async function resealedWhole(
  client: Client,
  places: readonly SealedColumn[],
  current: string,
): Promise<boolean> {
  await client.query('DELETE FROM resealing');
  for (const place of places) if ((await sealedOtherwise(client, place, current)) > 0) return false;
  return true;
}

/** How many values stand under another key than `current`. */
async function sealedOtherwise(db: Queryable, place: SealedColumn, current: string): Promise<number> {
  const { rows } = await db.query<{ n: string }>(`SELECT count(*) AS n FROM ${place.table} WHERE ${other(place)}`, [
    current,
  ]);
  return Number(rows[0]?.n ?? 0);
}
