import { asInteger, type Client, type CopyTarget, copyRows } from '@hedui/postgres';
import type { HeldSlots, NewBlock } from '../intake/block-memory.js';
import { gatherKnownBlocks, type KnownBlocks } from '../intake/known-blocks.js';
import { stagedBlocks, stagedHeld } from './staging.js';
import type { Writing } from './writing.js';

const PAGE = 10_000;

/** Reads the blocks that are known of a scope, and notes in the load as of when. */
export async function readKnownBlocks(
  client: Client,
  no: number,
  typeId: number,
  scopePrefix: string,
): Promise<KnownBlocks> {
  // One statement, which sees one state throughout: the blocks stand as of the load that it names.
  await client.query(
    `DECLARE known CURSOR FOR SELECT t.seq, k.hash, k.chunk, k.first_at, k.rows
     FROM record_type t LEFT JOIN known_block k ON k.record_type = t.id AND k.scope_prefix = $2
     WHERE t.id = $1 ORDER BY k.hash, k.chunk, k.first_at`,
    [typeId, scopePrefix],
  );
  const gathered = gatherKnownBlocks();
  let seq = 0;
  for (let more = true; more; ) {
    const { rows } = await client.query<{
      seq: string;
      hash: Buffer | null;
      chunk: string;
      first_at: number;
      rows: number;
    }>(`FETCH ${PAGE} FROM known`);
    for (const row of rows) {
      seq = asInteger(row.seq);
      if (row.hash === null) continue;
      more = gathered.add(row.hash, { chunk: asInteger(row.chunk), firstAt: row.first_at, rows: row.rows });
      if (!more) break;
    }
    more &&= rows.length === PAGE;
  }
  await client.query('CLOSE known');
  await client.query('UPDATE load SET known_at_seq = $2 WHERE no = $1', [no, seq]);
  return gathered.done(seq);
}

const slotColumns: CopyTarget['columns'] = [
  { name: 'chunk', type: 'int8' },
  { name: 'first_at', type: 'int4' },
  { name: 'rows', type: 'int4' },
];

/** Keeps the blocks of rows that the load brings. */
export async function stageBlocks(client: Client, no: number, blocks: readonly NewBlock[]): Promise<void> {
  if (blocks.length === 0) return;
  const columns: CopyTarget['columns'] = [{ name: 'hash', type: 'bytea' }, ...slotColumns];
  await copyRows(client, { table: stagedBlocks(no), columns }, [
    blocks.map((b) => [b.hash, b.chunk, b.firstAt, b.rows]),
  ]);
}

/** Keeps the slots of rows that the load holds without bringing them. */
export async function stageHeld(client: Client, no: number, held: readonly HeldSlots[]): Promise<void> {
  if (held.length === 0) return;
  const columns: CopyTarget['columns'] = [...slotColumns, { name: 'line', type: 'int4' }];
  await copyRows(client, { table: stagedHeld(no), columns }, [held.map((h) => [h.chunk, h.firstAt, h.rows, h.line])]);
}

/** Slot of `r` lies in the piece `p` of a block. */
const IN_PIECE = 'p.chunk = r.chunk AND r.chunk_at >= p.first_at AND r.chunk_at < p.first_at + p.rows';

/** Forgets the blocks of records that the load changes or withdraws. To be called before they are written. */
export async function forgetChangedBlocks(client: Client, typeId: number): Promise<void> {
  await client.query(
    `DELETE FROM known_block k USING (
       SELECT DISTINCT p.scope_prefix, p.hash FROM change c
       JOIN record r ON r.record_type = $1 AND r.record_id = c.record_id JOIN known_block p ON ${IN_PIECE}
       WHERE c.kind IN ('c', 'w')
     ) gone WHERE k.record_type = $1 AND k.scope_prefix = gone.scope_prefix AND k.hash = gone.hash`,
    [typeId],
  );
}

/** Statement that forgets the blocks of records of the type $1 whose scope becomes another one. `records`: a query of (chunk, chunk_at). */
export const forgetAdopted = (records: string): string => `DELETE FROM known_block k USING (
    SELECT DISTINCT p.scope_prefix, p.hash FROM (${records}) r JOIN known_block p ON ${IN_PIECE}
  ) gone WHERE k.record_type = $1 AND k.scope_prefix = gone.scope_prefix AND k.hash = gone.hash`;

/** Remembers the blocks of a load all of whose rows became records at their own slots. */
export async function rememberAllBlocks(client: Client, w: Writing): Promise<void> {
  await client.query(
    `INSERT INTO known_block (record_type, scope_prefix, hash, chunk, first_at, rows)
     SELECT $1, $2, hash, chunk, first_at, rows FROM ${stagedBlocks(w.no)}`,
    [w.typeId, w.scopePrefix],
  );
}

/**
 * Remembers the blocks of a full load, and forgets those of its scope that it does not hold. Rows that were unchanged stand at other slots than
 * their own (`same`); neighbours are one piece.
 */
export async function rememberBlocks(client: Client, w: Writing): Promise<void> {
  await client.query(
    `DELETE FROM known_block k USING (
       SELECT DISTINCT p.hash FROM known_block p LEFT JOIN held h ON h.chunk = p.chunk
       WHERE p.record_type = $1 AND p.scope_prefix = $2
         AND NOT coalesce(int4range(p.first_at, p.first_at + p.rows) <@ h.slots, false)
     ) gone WHERE k.record_type = $1 AND k.scope_prefix = $2 AND k.hash = gone.hash`,
    [w.typeId, w.scopePrefix],
  );
  await client.query(
    `INSERT INTO known_block (record_type, scope_prefix, hash, chunk, first_at, rows)
     SELECT $1, $2, hash, chunk, min(at), count(*) FROM (
       SELECT hash, chunk, at, at - row_number() OVER (PARTITION BY hash, chunk ORDER BY at) AS island FROM (
         SELECT b.hash, coalesce(s.chunk, b.chunk) AS chunk, coalesce(s.chunk_at, own.at) AS at
         FROM ${stagedBlocks(w.no)} b CROSS JOIN LATERAL generate_series(b.first_at, b.first_at + b.rows - 1) AS own(at)
         LEFT JOIN same s ON s.own_chunk = b.chunk AND s.own_at = own.at
       ) placed
     ) pieces GROUP BY hash, chunk, island`,
    [w.typeId, w.scopePrefix],
  );
}
