import type { BatchId, RejectedRow } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { decodeCursor, encodeCursor } from '@hedui/http';
import { openDataKey, type Sealer } from '@hedui/privacy';
import { z } from 'zod';
import type { CallerReach } from '../access/reach.js';
import type { StoredBatch } from '../db/batches.js';
import { listRejects, type StoredReject } from '../db/rejects.js';
import type { Deps } from '../deps.js';
import { rejectContext } from '../intake/batch-writer.js';

const cursorSchema = z.object({ line: z.int32(), no: z.int() });
const START = { line: 0, no: 0 };
const ROWS_AT_ONCE = 1_000;

type Parts = Pick<Deps, 'ring'>;

function readCursor(text: string): { line: number; no: number } {
  const cursor = cursorSchema.safeParse(decodeCursor(text));
  if (!cursor.success) throw new HeduiError('CURSOR_INVALID');
  return cursor.data;
}

function sealerOf(batch: StoredBatch, ring: Sealer): Sealer | null {
  return batch.dataKey === null ? null : openDataKey(ring, batch.dataKey, batch.id).sealer;
}

function rowOf(reject: StoredReject, id: BatchId, sealer: Sealer | null): RejectedRow {
  const { line, column, code, rule } = reject;
  const ref = reject.ref === null || sealer === null ? null : sealer.open(reject.ref, rejectContext(id)).toString();
  return { line, ref, column, code, rule };
}

/** One page of a batch's reject list, by line. Throws CURSOR_INVALID. */
export async function rejectsPage(
  { ring }: Parts,
  { read }: CallerReach,
  batch: StoredBatch,
  cursor: string | undefined,
  limit: number,
): Promise<{ items: RejectedRow[]; next: string | null }> {
  const after = cursor === undefined ? START : readCursor(cursor);
  const found = await read((db) => listRejects(db, batch.id, after, limit + 1));
  const sealer = sealerOf(batch, ring);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return {
    items: rows.map((row) => rowOf(row, batch.id, sealer)),
    next: found.length > limit && last ? encodeCursor({ line: last.line, no: last.no }) : null,
  };
}

/** The whole list by line, a thousand at a time. */
export async function* allRejects(
  { ring }: Parts,
  { read }: CallerReach,
  batch: StoredBatch,
): AsyncGenerator<RejectedRow> {
  const sealer = sealerOf(batch, ring);
  for (let after = START; ; ) {
    const from = after;
    const rows = await read((db) => listRejects(db, batch.id, from, ROWS_AT_ONCE));
    for (const row of rows) yield rowOf(row, batch.id, sealer);
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) return;
    after = { line: last.line, no: last.no };
  }
}
