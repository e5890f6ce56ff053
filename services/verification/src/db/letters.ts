import type { BatchId, ChunkId, LetterTold } from '@hedui/contracts';
import { asInteger, type Client } from '@hedui/postgres';
import type { ChunkState } from './chunks.js';

/** A chunk that a dead letter is about, locked. */
export interface LetterChunk {
  no: number;
  id: ChunkId;
  batchId: BatchId | null;
  state: ChunkState;
  households: number;
}

export async function lockChunkOfLetter(client: Client, id: string): Promise<LetterChunk | null> {
  const { rows } = await client.query<{
    no: string;
    id: ChunkId;
    batch_id: BatchId | null;
    state: ChunkState;
    households: number;
  }>('SELECT no, id, batch_id, state, households FROM chunk WHERE id = $1 FOR UPDATE', [id]);
  const [row] = rows;
  return row
    ? { no: asInteger(row.no), id: row.id, batchId: row.batch_id, state: row.state, households: row.households }
    : null;
}

/** Notes what was told of a letter. */
export async function putChunkLetter(client: Client, chunkNo: number, told: LetterTold): Promise<void> {
  const place = told.about.kind === 'chunk' ? told.about.place : null;
  await client.query(
    `INSERT INTO chunk_letter (letter_id, chunk_no, place, reason, state) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (letter_id) DO UPDATE SET state = EXCLUDED.state, reason = EXCLUDED.reason, told_at = now()`,
    [told.letterId, chunkNo, place, told.reason, told.state],
  );
}

export async function hasOpenLetters(client: Client, chunkNo: number): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT FROM chunk_letter WHERE chunk_no = $1 AND state = 'open' LIMIT 1`, [
    chunkNo,
  ]);
  return rowCount === 1;
}

/** Lets a chunk that has no report be sent once more. */
export async function sendChunkAgain(client: Client, chunkNo: number): Promise<boolean> {
  const { rowCount } = await client.query(`UPDATE chunk SET state = 'ready' WHERE no = $1 AND state = 'sent'`, [
    chunkNo,
  ]);
  return rowCount === 1;
}

/** Gives up households that have no report and have not ended otherwise; `places` null: all of the chunk. How many. */
export async function dropHouseholds(
  client: Client,
  chunkNo: number,
  places: readonly number[] | null,
): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO household_ending (chunk_no, place, reason) SELECT chunk_no, place, 'dropped' FROM household
     WHERE chunk_no = $1 AND ($2::int[] IS NULL OR place = ANY($2)) ON CONFLICT DO NOTHING`,
    [chunkNo, places],
  );
  return rowCount ?? 0;
}

/** Nothing of the chunk is left to ask about. */
export async function dropWholeChunk(client: Client, chunkNo: number): Promise<void> {
  await client.query(
    `UPDATE chunk c SET state = 'dropped' WHERE no = $1 AND state IN ('ready', 'sent')
       AND c.households <= (SELECT count(*) FROM household_ending e WHERE e.chunk_no = c.no)`,
    [chunkNo],
  );
}

/** Households of these places that were given up and have their report after all. How many. */
export async function takeBackDropped(client: Client, chunkNo: number, places: readonly number[]): Promise<number> {
  const { rowCount } = await client.query(
    `DELETE FROM household_ending WHERE chunk_no = $1 AND place = ANY($2::int[]) AND reason = 'dropped'`,
    [chunkNo, places],
  );
  return rowCount ?? 0;
}

/** Counts given-up households of a batch (fewer, when negative); ends it when it has all it will get. */
export async function countDropped(client: Client, batchId: BatchId, dropped: number): Promise<void> {
  await client.query(
    `UPDATE batch b SET dropped = b.dropped + $2,
       state = CASE WHEN b.state = 'running' AND b.reports + b.withdrawn + b.dropped + $2 >= b.accepted THEN 'done' ELSE b.state END,
       finished_at = CASE WHEN b.state = 'running' AND b.reports + b.withdrawn + b.dropped + $2 >= b.accepted THEN now()
         ELSE b.finished_at END
     WHERE id = $1`,
    [batchId, dropped],
  );
}

/** Counts anew how many households of these batches wait for somebody's decision. */
export async function recountStuck(client: Client, batchIds: readonly BatchId[]): Promise<void> {
  if (batchIds.length === 0) return;
  await client.query(
    `UPDATE batch b SET stuck = (
       SELECT coalesce(sum(c.households - (SELECT count(*) FROM household_ending e WHERE e.chunk_no = c.no)), 0) FROM chunk c
       WHERE c.batch_id = b.id AND c.state IN ('ready', 'sent')
         AND EXISTS (SELECT FROM chunk_letter l WHERE l.chunk_no = c.no AND l.state = 'open'))
     WHERE b.id = ANY($1::text[]) AND (b.stuck > 0 OR EXISTS (
       SELECT FROM chunk_letter l JOIN chunk c ON c.no = l.chunk_no WHERE l.state = 'open' AND c.batch_id = b.id))`,
    [[...batchIds].sort()],
  );
}
