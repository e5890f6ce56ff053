import type { BatchId, ChunkId } from '@hedui/contracts';
import { asInteger, type Client, type CopyValue, copyRows, type Queryable, ready } from '@hedui/postgres';

export type ChunkState = 'held' | 'ready' | 'sent' | 'reported' | 'dropped';

export interface NewChunk {
  id: ChunkId;
  batchId: BatchId | null;
  ordinal: number;
  households: number;
  /** `held` until the whole batch has been read. */
  state: 'held' | 'ready';
  /** Of a single check: its own wrapped key. */
  dataKey: Buffer | null;
  named: Buffer;
  request: Buffer;
  /** The beginnings of its persons' keys (authorisations/person-prints.ts). */
  persons: Buffer;
  /** Version of the pseudonym key under which its households travel. */
  keyVersion: string;
  /** The department that submitted it; null: the centre. */
  owner: string | null;
}

/** One household's index row. */
export interface HouseholdIndexRow {
  place: number;
  /** Physical line of its first row. */
  line: number;
  refHash: Buffer | null;
  region: string;
  programme: string;
}

/** Stores a chunk; returns its number. */
export async function insertChunk(client: Client, chunk: NewChunk): Promise<number> {
  const { rows } = await client.query<{ no: string }>(
    `INSERT INTO chunk (id, batch_id, ordinal, households, state, data_key, named, request, owner, persons, key_version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING no`,
    [
      chunk.id,
      chunk.batchId,
      chunk.ordinal,
      chunk.households,
      chunk.state,
      chunk.dataKey,
      chunk.named,
      chunk.request,
      chunk.owner,
      chunk.persons,
      chunk.keyVersion,
    ],
  );
  return asInteger(rows[0]?.no);
}

const insertAlone = ready(
  `WITH made AS (
     INSERT INTO chunk (id, batch_id, ordinal, households, state, data_key, named, request, owner, persons, key_version)
     VALUES ($1, NULL, 0, 1, 'ready', $2, $3, $4, $5, $6, $7) RETURNING no)
   INSERT INTO household (chunk_no, place, line, ref_hash, region, programme)
   SELECT no, 0, 1, NULL, $8, $9 FROM made RETURNING chunk_no AS no`,
);

/** Stores the chunk of a single check with the index row of its household, in one statement; returns its number. */
export async function insertCheck(
  client: Client,
  chunk: Omit<NewChunk, 'batchId' | 'ordinal' | 'households' | 'state'>,
  { region, programme }: Pick<HouseholdIndexRow, 'region' | 'programme'>,
): Promise<number> {
  const { rows } = await client.query<{ no: string }>(
    insertAlone([
      chunk.id,
      chunk.dataKey,
      chunk.named,
      chunk.request,
      chunk.owner,
      chunk.persons,
      chunk.keyVersion,
      region,
      programme,
    ]),
  );
  return asInteger(rows[0]?.no);
}

/** Writes the index rows of a chunk. */
export async function insertHouseholds(
  client: Client,
  chunkNo: number,
  households: readonly HouseholdIndexRow[],
): Promise<void> {
  const rows: CopyValue[][] = households.map((h) => [chunkNo, h.place, h.line, h.refHash, h.region, h.programme]);
  await copyRows(
    client,
    {
      table: 'household',
      columns: [
        { name: 'chunk_no', type: 'int8' },
        { name: 'place', type: 'int2' },
        { name: 'line', type: 'int4' },
        { name: 'ref_hash', type: 'bytea' },
        { name: 'region', type: 'text' },
        { name: 'programme', type: 'text' },
      ],
    },
    [rows],
  );
}

/** Puts other contents in the place of a chunk's, before it is sent: households were taken out of it. */
export async function replaceChunk(
  client: Client,
  chunkNo: number,
  contents: { households: number; named: Buffer; request: Buffer },
): Promise<void> {
  await client.query('UPDATE chunk SET households = $2, named = $3, request = $4 WHERE no = $1', [
    chunkNo,
    contents.households,
    contents.named,
    contents.request,
  ]);
}

export async function deleteHouseholds(client: Client, chunkNo: number): Promise<void> {
  await client.query('DELETE FROM household WHERE chunk_no = $1', [chunkNo]);
}

export async function deleteChunk(client: Client, chunkNo: number): Promise<void> {
  await client.query('DELETE FROM chunk WHERE no = $1', [chunkNo]);
}

export interface OpenableChunk {
  no: number;
  id: ChunkId;
  batchId: BatchId | null;
  named: Buffer;
  request: Buffer;
}

/** A chunk with its sealed part, to be packed anew. */
export async function readChunk(db: Queryable, chunkNo: number): Promise<OpenableChunk | null> {
  const { rows } = await db.query<{ id: ChunkId; batch_id: BatchId | null; named: Buffer; request: Buffer }>(
    'SELECT id, batch_id, named, request FROM chunk WHERE no = $1',
    [chunkNo],
  );
  const row = rows[0];
  return row ? { no: chunkNo, id: row.id, batchId: row.batch_id, named: row.named, request: row.request } : null;
}

/** Chunk numbers of a batch in the order of the file. */
export async function chunkNumbers(db: Queryable, batchId: BatchId, state: ChunkState): Promise<number[]> {
  const { rows } = await db.query<{ no: string }>(
    'SELECT no FROM chunk WHERE batch_id = $1 AND state = $2 ORDER BY ordinal',
    [batchId, state],
  );
  return rows.map((row) => asInteger(row.no));
}

/** Places of a chunk's households that the reader may see and that have not ended, with what is needed to hold them against a reach. */
export async function visiblePlaces(
  db: Queryable,
  chunkNo: number,
): Promise<{ place: number; region: string; programme: string }[]> {
  const { rows } = await db.query<{ place: number; region: string; programme: string }>(
    `SELECT place, region, programme FROM household h WHERE chunk_no = $1 AND erased_at IS NULL
       AND NOT EXISTS (SELECT FROM household_ending e WHERE e.chunk_no = $1 AND e.place = h.place)`,
    [chunkNo],
  );
  return rows;
}
