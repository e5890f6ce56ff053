import {
  asInteger,
  byteaArray,
  type Client,
  type CopyTarget,
  copyEncoded,
  copyRows,
  type Queryable,
  rowEncoder,
} from '@hedui/postgres';
import type { PreparedRow } from '../intake/pseudonymise.js';

/**
 * The rows of a load between their arrival and the moment when the load takes effect. Tables of its own for each load, ordinary
 * ones, because the answer 202 promises that the file is kept; they go away in the transaction that uses them. Beside rows and names: the blocks of
 * rows that may be recognised in a later file, and the slots of records that this file holds in blocks that were recognised.
 */
const rowsTable = (no: number) => `staged_row_${tableNumber(no)}`;
const asideTable = (no: number) => `part_row_${tableNumber(no)}`;
const blocksTable = (no: number) => `staged_block_${tableNumber(no)}`;
const heldTable = (no: number) => `staged_held_${tableNumber(no)}`;
const namesTable = (no: number) => `staged_name_${tableNumber(no)}`;

function tableNumber(no: number): string {
  if (!Number.isSafeInteger(no) || no < 0) throw new RangeError('not the number of a load');
  return String(no);
}

/** Table names for the statements of the diff. */
export const stagedRows = rowsTable;
export const stagedNames = namesTable;
export const stagedBlocks = blocksTable;
export const stagedHeld = heldTable;

/** Read once, soon, and then gone: to sweep them and to gather statistics beside costs, and is for nothing. */
const UNSWEPT = 'WITH (autovacuum_enabled = false)';

export async function createStaging(client: Client, no: number): Promise<void> {
  await client.query(
    `CREATE TABLE ${rowsTable(no)} (line int NOT NULL, record_id text COLLATE "C" NOT NULL, person_key bytea NOT NULL,
       name_key bytea NOT NULL, other_person_key bytea, other_name_key bytea, order_key int NOT NULL, blind bytea NOT NULL,
       chunk bigint NOT NULL, chunk_at int NOT NULL, digest bytea NOT NULL) ${UNSWEPT};
     CREATE TABLE ${namesTable(no)} (person_key bytea NOT NULL, name_key bytea NOT NULL, sealed bytea NOT NULL) ${UNSWEPT};
     CREATE TABLE ${blocksTable(no)} (hash bytea NOT NULL, chunk bigint NOT NULL, first_at int NOT NULL, rows int NOT NULL) ${UNSWEPT};
     CREATE TABLE ${heldTable(no)} (chunk bigint NOT NULL, first_at int NOT NULL, rows int NOT NULL, line int NOT NULL) ${UNSWEPT}`,
  );
}

/**
 * Gives the rows of a load of which others are held by their blocks another name until it takes effect: a process of an earlier version on the same
 * database, which knows nothing of blocks, would take them for the whole file, and stops at a missing table instead.
 */
export async function setAside(client: Client, no: number): Promise<void> {
  await client.query(`ALTER TABLE ${rowsTable(no)} RENAME TO ${asideTable(no)}`);
}

/** Gives them their name back, in the transaction in which the load takes effect. */
export async function bringBack(client: Client, no: number): Promise<void> {
  await client.query(`ALTER TABLE IF EXISTS ${asideTable(no)} RENAME TO ${rowsTable(no)}`);
}

export async function dropStaging(client: Client, no: number): Promise<void> {
  await client.query(
    `DROP TABLE IF EXISTS ${rowsTable(no)}, ${asideTable(no)}, ${namesTable(no)}, ${blocksTable(no)}, ${heldTable(no)}`,
  );
}

const rowColumns: CopyTarget['columns'] = [
  { name: 'line', type: 'int4' },
  { name: 'record_id', type: 'text' },
  { name: 'person_key', type: 'bytea' },
  { name: 'name_key', type: 'bytea' },
  { name: 'other_person_key', type: 'bytea' },
  { name: 'other_name_key', type: 'bytea' },
  { name: 'order_key', type: 'int4' },
  { name: 'blind', type: 'bytea' },
  { name: 'chunk', type: 'int8' },
  { name: 'chunk_at', type: 'int4' },
  { name: 'digest', type: 'bytea' },
];

/** Rows in the form in which they wait to be staged. */
export interface StagedEncoder {
  /** The row at index `at` of the evidence of chunk `chunk`. */
  add(row: PreparedRow, chunk: number, at: number): void;
  /** All that was added, as bytes, so that nothing of the rows themselves is kept; begins anew. */
  take(): Buffer;
  /** How many bytes were added since. */
  readonly length: number;
}

export function stagedEncoder(): StagedEncoder {
  const encoder = rowEncoder(rowColumns);
  return {
    add(row, chunk, at) {
      encoder.row([
        row.line,
        row.recordId,
        row.person.personKey,
        row.person.nameKey,
        row.other?.personKey ?? null,
        row.other?.nameKey ?? null,
        row.orderKey,
        row.blind,
        chunk,
        at,
        row.digest,
      ]);
    },
    take: encoder.take,
    get length() {
      return encoder.length;
    },
  };
}

/** Stages what the encoder took. */
export async function stageRows(client: Client, no: number, rows: Buffer): Promise<void> {
  await copyEncoded(client, { table: rowsTable(no), columns: rowColumns }, rows);
}

export interface SealedName {
  personKey: Buffer;
  nameKey: Buffer;
  sealed: Buffer;
}

export async function stageNames(client: Client, no: number, names: readonly SealedName[]): Promise<void> {
  if (names.length === 0) return;
  const columns: CopyTarget['columns'] = [
    { name: 'person_key', type: 'bytea' },
    { name: 'name_key', type: 'bytea' },
    { name: 'sealed', type: 'bytea' },
  ];
  await copyRows(client, { table: namesTable(no), columns }, [names.map((n) => [n.personKey, n.nameKey, n.sealed])]);
}

/** True when no name is kept yet: none of a load's can be known. */
export async function keepsNoNames(db: Queryable): Promise<boolean> {
  const { rows } = await db.query('SELECT FROM person_name LIMIT 1');
  return rows.length === 0;
}

/**
 * Indexes of those (person, name) pairs that are not yet known. Each is looked up by the index: joined, a large table would be read whole for every
 * few thousand pairs.
 */
export async function unknownNames(
  db: Queryable,
  pairs: readonly { personKey: Buffer; nameKey: Buffer }[],
): Promise<number[]> {
  const { rows } = await db.query<{ at: string }>(
    `SELECT p.at FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS p(person_key, name_key, at)
     WHERE (SELECT true FROM person_name n WHERE n.person_key = p.person_key AND n.name_key = p.name_key) IS NULL`,
    [byteaArray(pairs.map((p) => p.personKey)), byteaArray(pairs.map((p) => p.nameKey))],
  );
  return rows.map((row) => asInteger(row.at) - 1);
}

/** Keeps of each record id the row that stands last in the file; returns how many were removed. A block that loses a row is none any more. */
export async function supersedeEarlierRows(client: Client, no: number): Promise<number> {
  const table = rowsTable(no);
  const { rows } = await client.query<{ gone: string }>(
    `WITH gone AS (
       DELETE FROM ${table} s USING (
         SELECT record_id, max(line) AS line FROM ${table} GROUP BY record_id HAVING count(*) > 1
       ) last WHERE s.record_id = last.record_id AND s.line < last.line RETURNING s.chunk, s.chunk_at
     ), broken AS (
       DELETE FROM ${blocksTable(no)} b USING gone g
       WHERE g.chunk = b.chunk AND g.chunk_at >= b.first_at AND g.chunk_at < b.first_at + b.rows
     ) SELECT count(*) AS gone FROM gone`,
  );
  return asInteger(rows[0]?.gone ?? 0);
}

/** Statistics for the planner: the table is new and will be read once. */
export async function analyseStaging(client: Client, no: number): Promise<void> {
  await client.query(`ANALYZE ${rowsTable(no)}`);
}

/** Keeps the rest of many rows in one sealed value. */
export async function addEvidence(client: Client, chunk: number, loadNo: number, sealed: Buffer): Promise<void> {
  await client.query('INSERT INTO evidence_chunk (id, load_no, sealed) VALUES ($1, $2, $3)', [chunk, loadNo, sealed]);
}
