import type { BatchId, ChunkId } from '@hedui/contracts';
import { asInteger, type Client, type Queryable, ready } from '@hedui/postgres';

/** A chunk that waits to be sent. */
export interface WaitingChunk {
  no: number;
  id: ChunkId;
  batchId: BatchId | null;
  households: number;
  /** The event as it is sent. */
  request: Buffer;
}

interface WaitingRow {
  no: string;
  id: ChunkId;
  batch_id: BatchId | null;
  households: number;
  request: Buffer;
}

const waiting = (row: WaitingRow): WaitingChunk => ({
  no: asInteger(row.no),
  id: row.id,
  batchId: row.batch_id,
  households: row.households,
  request: row.request,
});

/** One sender at a time, of any number of copies of the service; false when another is at it. */
export async function becomeSender(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ won: boolean }>(
    `SELECT pg_try_advisory_xact_lock(hashtext('verification:sender')) AS won`,
  );
  return rows[0]?.won === true;
}

/** Chunks of batches that were sent and have no report yet. */
export async function countOutstanding(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ n: string }>(
    `SELECT count(*) AS n FROM chunk WHERE state = 'sent' AND batch_id IS NOT NULL`,
  );
  return asInteger(rows[0]?.n ?? 0);
}

/**
 * The next chunks of running batches, locked: each batch's in order, and the batch with the fewest outstanding first, so that
 * a small batch does not wait behind a large one.
 */
export async function nextChunks(client: Client, limit: number): Promise<WaitingChunk[]> {
  const { rows } = await client.query<WaitingRow>(
    `WITH next AS (
       SELECT c.no FROM batch b
       CROSS JOIN LATERAL (
         SELECT count(*) AS outstanding FROM chunk WHERE batch_id = b.id AND state = 'sent'
       ) s
       CROSS JOIN LATERAL (
         SELECT no, row_number() OVER (ORDER BY ordinal) AS turn FROM (
           SELECT no, ordinal FROM chunk WHERE batch_id = b.id AND state = 'ready' ORDER BY ordinal LIMIT $1
         ) first
       ) c
       WHERE b.state = 'running'
       ORDER BY s.outstanding + c.turn, b.seq LIMIT $1
     )
     SELECT chunk.no, chunk.id, chunk.batch_id, chunk.households, chunk.request FROM chunk JOIN next USING (no)
     WHERE chunk.state = 'ready' ORDER BY chunk.batch_id, chunk.ordinal FOR UPDATE OF chunk`,
    [limit],
  );
  return rows.map(waiting);
}

/** Single checks that nobody has sent within so many milliseconds: whoever took them has died or could not. */
export async function forgottenChecks(client: Client, olderThanMs: number, limit: number): Promise<WaitingChunk[]> {
  const { rows } = await client.query<WaitingRow>(
    `SELECT no, id, batch_id, households, request FROM chunk
     WHERE state = 'ready' AND batch_id IS NULL AND created_at < now() - make_interval(secs => $1::float8 / 1000)
     ORDER BY no LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [olderThanMs, limit],
  );
  return rows.map(waiting);
}

const noteSent = ready(
  `UPDATE chunk SET state = 'sent', sent_at = now() WHERE no = ANY($1::bigint[]) AND state = 'ready'`,
);

/** Notes that the log has these chunks. One that was reported meanwhile stays so. */
export async function markSent(db: Queryable, chunkNos: readonly number[]): Promise<void> {
  await db.query(noteSent([chunkNos]));
}

/**
 * Lets everything that was sent and has no report be sent again, of batches that still run and of single checks: a log that
 * lost its topics cannot hold a batch up for ever. The same chunk twice gives one report.
 */
export async function sendAgain(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    `UPDATE chunk SET state = 'ready' WHERE state = 'sent'
       AND (batch_id IS NULL OR batch_id IN (SELECT id FROM batch WHERE state = 'running'))`,
  );
  return rowCount ?? 0;
}
