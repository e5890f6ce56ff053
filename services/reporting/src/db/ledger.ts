import { type CountedHousehold, type Day, monthOf } from '@hedui/contracts';
import { type Client, type CopyValue, copyRows } from '@hedui/postgres';
import type { Marks } from '../ledger/marks.js';

const target = {
  table: 'ledger',
  columns: [
    { name: 'chunk_no', type: 'int8' },
    { name: 'index', type: 'int4' },
    { name: 'applicant_key', type: 'bytea' },
    { name: 'month', type: 'int4' },
    { name: 'as_of', type: 'date' },
    { name: 'programme', type: 'text' },
    { name: 'verification_type', type: 'text' },
    { name: 'region', type: 'text' },
    { name: 'area', type: 'text' },
    { name: 'conclusion', type: 'text' },
    { name: 'tier', type: 'text' },
    { name: 'flagged', type: 'bool' },
    { name: 'sources_flagged', type: 'int4' },
    { name: 'sources_answered', type: 'int4' },
    { name: 'findings', type: 'bytea' },
  ],
} as const;

/** What the ledger keeps of a household's report. */
export interface LedgerRow extends Omit<CountedHousehold, 'findings' | 'answered'> {
  marks: Marks;
}

export interface LedgerChunk {
  chunkNo: number;
  asOf: Day;
  rows: readonly LedgerRow[];
}

/** Adds the reports of some chunks by one binary COPY. */
export async function addReports(client: Client, chunks: readonly LedgerChunk[]): Promise<number> {
  return await copyRows(client, target, chunks.map(valuesOf));
}

/**
 * Takes a chunk's rows out of the ledger. The keys of its applicants by place: while the pseudonym key is rotated, a report that is
 * read again may still hold the old ones.
 */
export async function takeOut(client: Client, chunkNo: number): Promise<Map<number, Uint8Array>> {
  const { rows } = await client.query<{ index: number; key: Uint8Array }>(
    `DELETE FROM ledger WHERE chunk_no = $1 RETURNING index, applicant_key AS key`,
    [chunkNo],
  );
  return new Map(rows.map(({ index, key }) => [index, key]));
}

function valuesOf({ chunkNo, asOf, rows }: LedgerChunk): CopyValue[][] {
  const month = monthOf(asOf);
  return rows.map((row) => [
    chunkNo,
    row.index,
    row.applicant,
    month,
    asOf,
    row.programme,
    row.verificationType,
    row.region,
    row.area,
    row.conclusion,
    row.tier,
    row.marks.flagged,
    row.marks.sourcesFlagged,
    row.marks.sourcesAnswered,
    row.marks.findings,
  ]);
}
