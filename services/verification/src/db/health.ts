import type { BatchId } from '@hedui/contracts';
import { asInteger, type Queryable } from '@hedui/postgres';

/** Chunks that the log has had for so many seconds and that nobody has answered. */
export async function countUnanswered(
  db: Queryable,
  seconds: number,
): Promise<{ chunks: number; oldestSeconds: number }> {
  const { rows } = await db.query<{ n: string; age: string }>(
    `SELECT count(*) AS n, coalesce(extract(epoch FROM now() - min(sent_at)), 0)::bigint AS age
     FROM chunk WHERE state = 'sent' AND sent_at < now() - make_interval(secs => $1)
       AND (batch_id IS NULL OR EXISTS (SELECT FROM batch b WHERE b.id = chunk.batch_id AND b.state = 'running'))`,
    [seconds],
  );
  return { chunks: asInteger(rows[0]?.n ?? 0), oldestSeconds: asInteger(rows[0]?.age ?? 0) };
}

/** Batches that run although nothing of them is open: they would never end. */
export async function batchesWithoutWork(db: Queryable): Promise<BatchId[]> {
  const { rows } = await db.query<{ id: BatchId }>(
    `SELECT id FROM batch b WHERE state = 'running'
       AND NOT EXISTS (SELECT FROM chunk c WHERE c.batch_id = b.id AND c.state IN ('ready', 'sent')) LIMIT 10`,
  );
  return rows.map((row) => row.id);
}

export async function countStuck(db: Queryable): Promise<{ batches: number; households: number }> {
  const { rows } = await db.query<{ n: string; households: string }>(
    `SELECT count(*) AS n, coalesce(sum(stuck), 0) AS households FROM batch WHERE state = 'running' AND stuck > 0`,
  );
  return { batches: asInteger(rows[0]?.n ?? 0), households: asInteger(rows[0]?.households ?? 0) };
}

export interface CountedBatch {
  id: BatchId;
  /** As the batch says. */
  said: number;
  /** As its rows say: households of reported chunks that have not ended. */
  counted: number;
  /** Households in the stored reports, ended or not: as many as the ledger has. */
  reported: number;
}

/** The newest batches, with their reports counted anew, in one statement: in one state of the database. */
export async function recountBatches(db: Queryable, limit: number): Promise<CountedBatch[]> {
  const { rows } = await db.query<{ id: BatchId; said: number; counted: string; reported: string }>(
    `SELECT b.id, b.reports AS said, coalesce(sum(c.households - (
         SELECT count(*) FROM household_ending e WHERE e.chunk_no = c.no)) FILTER (WHERE c.state = 'reported'), 0) AS counted,
       coalesce(sum(octet_length(a.leaves) / 32), 0) AS reported
     FROM (SELECT * FROM batch WHERE state <> 'receiving' ORDER BY seq DESC LIMIT $1) b
     LEFT JOIN chunk c ON c.batch_id = b.id LEFT JOIN audit_chunk a ON a.chunk_no = c.no GROUP BY b.id, b.reports`,
    [limit],
  );
  return rows.map(({ id, said, counted, reported }) => ({
    id,
    said,
    counted: asInteger(counted),
    reported: asInteger(reported),
  }));
}

/** A wrapped key of the newest batch, to see whether it can be opened; null when there is none. */
export async function newestBatchKey(db: Queryable): Promise<{ id: BatchId; dataKey: Buffer } | null> {
  const { rows } = await db.query<{ id: BatchId; dataKey: Buffer }>(
    'SELECT id, data_key AS "dataKey" FROM batch WHERE data_key IS NOT NULL ORDER BY seq DESC LIMIT 1',
  );
  return rows[0] ?? null;
}
