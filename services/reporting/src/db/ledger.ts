import { keyBytes, monthOf, type ReportChunk, type ReportedHousehold } from '@hedui/contracts';
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

/** A report chunk with what the ledger keeps of each household, in the order of its households. */
export interface LedgerChunk {
  chunkNo: number;
  chunk: ReportChunk;
  marks: readonly Marks[];
}

function rowOf(chunkNo: number, chunk: ReportChunk, household: ReportedHousehold, marks: Marks): CopyValue[] {
  return [
    chunkNo,
    household.index,
    keyBytes(household.applicant),
    monthOf(chunk.asOf),
    chunk.asOf,
    household.programme,
    household.verificationType,
    household.region,
    household.area,
    household.assessment.conclusion,
    household.assessment.tier,
    marks.flagged,
    marks.sourcesFlagged,
    marks.sourcesAnswered,
    marks.findings,
  ];
}

/** Adds the reports of some chunks by one binary COPY. */
export async function addReports(client: Client, chunks: readonly LedgerChunk[]): Promise<number> {
  return await copyRows(
    client,
    target,
    chunks.map(({ chunkNo, chunk, marks }) =>
      chunk.households.flatMap((household, i) => {
        const own = marks[i];
        return own ? [rowOf(chunkNo, chunk, household, own)] : [];
      }),
    ),
  );
}
