import { asInteger, type Client } from '@hedui/postgres';
import { forgetAdopted } from './known-blocks.js';
import { RECORD } from './records.js';
import { stagedHeld, stagedRows } from './staging.js';
import type { Writing } from './writing.js';

/**
 * Rows that a full load holds in blocks that were recognised stand for the slots at which records stand: a slot is written once, and says the same
 * for ever. Statements over the temporary table `held(chunk, slots)`, which takes all slots of a chunk together.
 */

/** Makes `held`; empty for a load that recognises nothing. Returns how many rows of the file lie in recognised blocks. */
export async function gatherHeld(client: Client, no: number, recognises: boolean): Promise<number> {
  await client.query('CREATE TEMPORARY TABLE held (chunk bigint, slots int4multirange) ON COMMIT DROP');
  if (!recognises) return 0;
  await client.query(
    `INSERT INTO held SELECT chunk, range_agg(int4range(first_at, first_at + rows)) FROM ${stagedHeld(no)} GROUP BY chunk`,
  );
  await client.query('ANALYZE held');
  const { rows } = await client.query<{ n: string | null }>(`SELECT sum(rows) AS n FROM ${stagedHeld(no)}`);
  return asInteger(rows[0]?.n ?? 0);
}

/** How many slots are held, each counted once. */
export async function countHeldSlots(client: Client): Promise<number> {
  const { rows } = await client.query<{ n: string | null }>(
    'SELECT sum(upper(s) - lower(s)) AS n FROM held CROSS JOIN LATERAL unnest(slots) AS s',
  );
  return asInteger(rows[0]?.n ?? 0);
}

/** Current records at held slots, and how many of them are of another scope than the load's. */
export async function countHeldRecords(
  client: Client,
  { typeId, scopePrefix }: Writing,
): Promise<{ live: number; foreign: number }> {
  const { rows } = await client.query<{ live: string; foreign: string }>(
    `SELECT count(*) AS live, count(*) FILTER (WHERE r.scope_prefix <> $2) AS foreign
     FROM record r JOIN held h ON h.chunk = r.chunk AND r.chunk_at <@ h.slots WHERE r.record_type = $1`,
    [typeId, scopePrefix],
  );
  return { live: asInteger(rows[0]?.live), foreign: asInteger(rows[0]?.foreign) };
}

const AT_SLOT = 'g.chunk = r.chunk AND r.chunk_at >= g.first_at AND r.chunk_at < g.first_at + g.rows';
const staging = (no: number, from: string) =>
  `INSERT INTO ${stagedRows(no)} (line, ${RECORD}) SELECT g.line, ${RECORD.replaceAll(/\w+/g, (c) => `r.${c}`)} FROM ${from}`;

/**
 * Stages the rows of held slots at which no record stands any more: another load changed or withdrew it since the blocks were read, and what it
 * said before was kept. Returns how many rows of the file they are.
 */
export async function restoreHeld(client: Client, { typeId, no }: Writing): Promise<number> {
  const { rowCount } = await client.query(
    staging(
      no,
      `(SELECT DISTINCT ON (v.chunk, v.chunk_at) v.* FROM record_version v JOIN held h ON h.chunk = v.chunk AND v.chunk_at <@ h.slots
         WHERE v.record_type = $1 ORDER BY v.chunk, v.chunk_at) r
       JOIN ${stagedHeld(no)} g ON ${AT_SLOT}
       WHERE NOT EXISTS (SELECT FROM record n WHERE n.record_type = $1 AND n.record_id = r.record_id AND n.chunk = r.chunk
         AND n.chunk_at = r.chunk_at)`,
    ),
    [typeId],
  );
  await dropStagedFromHeld(client, no);
  return rowCount ?? 0;
}

/** Stages the rows of held slots whose record ids other rows of the file bear too (kind `r` in `change`). Returns how many they are. */
export async function stageRepeated(client: Client, { typeId, no }: Writing): Promise<number> {
  const { rowCount } = await client.query(
    staging(
      no,
      `change c JOIN record r ON r.record_type = $1 AND r.record_id = c.record_id JOIN ${stagedHeld(no)} g ON ${AT_SLOT}
       WHERE c.kind = 'r'`,
    ),
    [typeId],
  );
  await dropStagedFromHeld(client, no);
  return rowCount ?? 0;
}

async function dropStagedFromHeld(client: Client, no: number): Promise<void> {
  await client.query(
    `UPDATE held h SET slots = h.slots - t.slots FROM (
       SELECT s.chunk, range_agg(int4range(s.chunk_at, s.chunk_at + 1)) AS slots FROM ${stagedRows(no)} s
       WHERE s.chunk IN (SELECT chunk FROM held) GROUP BY s.chunk
     ) t WHERE t.chunk = h.chunk`,
  );
}

/** Records at held slots count as written by the load: its scope is theirs now. */
export async function adoptHeld(client: Client, w: Writing): Promise<void> {
  await client.query(
    `WITH adopted AS (
       UPDATE record r SET scope_prefix = $2 FROM held h
       WHERE r.record_type = $1 AND h.chunk = r.chunk AND r.chunk_at <@ h.slots AND r.scope_prefix <> $2
       RETURNING r.chunk, r.chunk_at
     ) ${forgetAdopted('SELECT chunk, chunk_at FROM adopted')}`,
    [w.typeId, w.scopePrefix],
  );
}
