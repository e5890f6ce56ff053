import type { Client } from '@hedui/postgres';
import { asInteger } from '@hedui/postgres';
import { forgetAdopted } from './known-blocks.js';
import { stagedNames, stagedRows } from './staging.js';
import type { Writing } from './writing.js';

/**
 * The statements by which a load takes effect. They run in one transaction, in the order in which they stand here, after
 * `noteChanges` or `noteDifference` has written what differs to the temporary table `change(record_id, kind)`.
 */

/** What a staged row, a record and a version have in common. */
export const RECORD = `record_id, person_key, name_key, other_person_key, other_name_key, order_key, blind, chunk, chunk_at, digest`;
const prefixed = (alias: string) => RECORD.replaceAll(/\w+/g, (column) => `${alias}.${column}`);

export interface TypeState {
  seq: number;
  records: number;
}

/** Locks a record type, so that one load at a time takes effect; null when another process is at it. */
export async function lockRecordType(client: Client, typeId: number): Promise<TypeState | null> {
  const { rows } = await client.query<{ seq: string; records: string }>(
    'SELECT seq, records FROM record_type WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED',
    [typeId],
  );
  return rows[0] ? { seq: asInteger(rows[0].seq), records: asInteger(rows[0].records) } : null;
}

export async function writeTypeState(client: Client, typeId: number, state: TypeState): Promise<void> {
  await client.query('UPDATE record_type SET seq = $2, records = $3 WHERE id = $1', [typeId, state.seq, state.records]);
}

/** True when there is no current record of the type: everything in a load is new then. */
export async function holdsNone(client: Client, typeId: number): Promise<boolean> {
  const { rows } = await client.query('SELECT FROM record WHERE record_type = $1 LIMIT 1', [typeId]);
  return rows.length === 0;
}

/** What a load changes: records that are new or say something else, and records that it withdraws. */
export interface Difference {
  changed: number;
  withdrawn: number;
  /** Rows whose record ids stand in recognised blocks of the file too: nothing is to be written before these are resolved. */
  repeated: number;
}

const CHANGE_TABLE = 'CREATE TEMPORARY TABLE change (record_id text COLLATE "C", kind "char" NOT NULL) ON COMMIT DROP';

/** Notes what a delta changes. */
export async function noteChanges(client: Client, typeId: number, no: number): Promise<Difference> {
  await client.query(CHANGE_TABLE);
  const { rowCount } = await client.query(
    `INSERT INTO change SELECT s.record_id, CASE WHEN r.record_id IS NULL THEN 'n' ELSE 'c' END
     FROM ${stagedRows(no)} s LEFT JOIN record r ON r.record_type = $1 AND r.record_id = s.record_id
     WHERE r.digest IS DISTINCT FROM s.digest`,
    [typeId],
  );
  return { changed: rowCount ?? 0, withdrawn: 0, repeated: 0 };
}

/**
 * Notes what a full load changes. It withdraws records of its scope or a narrower one that are not in the file and that no rejected row
 * holds by its id. Both come from one join of all that there is with all that came. Records at slots that the load holds (`held`) are in the file,
 * as they are. Of a load that remembers blocks (`remembering`) the slots of rows that are unchanged are noted in `same`.
 */
export async function noteDifference(
  client: Client,
  { typeId, no, scopePrefix }: Writing,
  remembering: boolean,
): Promise<Difference> {
  await client.query(`DROP TABLE IF EXISTS change; ${CHANGE_TABLE}`);
  await client.query('DROP TABLE IF EXISTS same');
  await client.query(
    'CREATE TEMPORARY TABLE same (own_chunk bigint, own_at int, chunk bigint, chunk_at int) ON COMMIT DROP',
  );
  const difference = (also: string, where: string) =>
    `SELECT coalesce(s.record_id, r.record_id) AS record_id, CASE WHEN r.record_id IS NULL THEN 'n' WHEN s.record_id IS NULL THEN 'w'
       WHEN r.held THEN 'r' WHEN r.digest IS DISTINCT FROM s.digest THEN 'c' ELSE 'u' END AS kind${also}
     FROM ${stagedRows(no)} s FULL JOIN (
       SELECT record_id, digest, scope_prefix, o.chunk, chunk_at, coalesce(o.chunk_at <@ h.slots, false) AS held
       FROM record o LEFT JOIN held h ON h.chunk = o.chunk WHERE record_type = $1
     ) r ON r.record_id = s.record_id
     WHERE (${where}) AND (s.record_id IS NOT NULL OR (NOT r.held AND starts_with(r.scope_prefix, $2)
       AND NOT EXISTS (SELECT FROM load_reject j WHERE j.load_no = $3 AND j.ref = r.record_id)))`;
  const statement = remembering
    ? `WITH found AS MATERIALIZED (${difference(', s.chunk AS own_chunk, s.chunk_at AS own_at, r.chunk, r.chunk_at', 'true')}),
       unchanged AS (INSERT INTO same SELECT own_chunk, own_at, chunk, chunk_at FROM found WHERE kind = 'u')
       INSERT INTO change SELECT record_id, kind::"char" FROM found WHERE kind <> 'u'`
    : `INSERT INTO change ${difference('', 'r.held OR r.digest IS DISTINCT FROM s.digest')}`;
  await client.query(statement, [typeId, scopePrefix, no]);
  const { rows } = await client.query<{ all: string; withdrawn: string; repeated: string }>(
    `SELECT count(*) AS all, count(*) FILTER (WHERE kind = 'w') AS withdrawn, count(*) FILTER (WHERE kind = 'r') AS repeated FROM change`,
  );
  const [all, withdrawn, repeated] = [rows[0]?.all, rows[0]?.withdrawn, rows[0]?.repeated].map((n) => asInteger(n)) as [
    number,
    number,
    number,
  ];
  return { changed: all - withdrawn - repeated, withdrawn, repeated };
}

/** Records that a scope holds, those of narrower ones included. */
export async function countHeld(client: Client, typeId: number, scopePrefix: string): Promise<number> {
  const { rows } = await client.query<{ held: string }>(
    'SELECT count(*) AS held FROM record WHERE record_type = $1 AND starts_with(scope_prefix, $2)',
    [typeId, scopePrefix],
  );
  return asInteger(rows[0]?.held ?? 0);
}

export async function analyseChanges(client: Client): Promise<void> {
  await client.query('ANALYZE change');
}

/** Keeps what changed or withdrawn records said until load `seq`. */
export async function keepVersions(client: Client, typeId: number, seq: number): Promise<void> {
  await client.query(
    `INSERT INTO record_version (record_type, ${RECORD}, scope_prefix, load_seq, until_seq)
     SELECT r.record_type, ${prefixed('r')}, r.scope_prefix, r.load_seq, $2
     FROM record r JOIN change c ON c.record_id = r.record_id AND c.kind IN ('c', 'w') WHERE r.record_type = $1`,
    [typeId, seq],
  );
}

/** Sorted, so that two transactions that note the same persons lock them in the same order. */
const pendingAnew = (touched: string) => `INSERT INTO slice_pending (record_type, person_key, since, counter)
  SELECT $1, k.person_key, $2, $2 FROM (SELECT DISTINCT person_key FROM (${touched}) touched WHERE person_key IS NOT NULL) k
  ORDER BY k.person_key`;
const pending = (touched: string) =>
  `${pendingAnew(touched)} ON CONFLICT (record_type, person_key) DO UPDATE SET counter = EXCLUDED.counter`;

/** Both persons of the rows of `from`, which is aliased t. */
const bothPersons = (from: string) =>
  `SELECT t.person_key FROM ${from} UNION ALL SELECT t.other_person_key FROM ${from}`;

/** Notes the persons of records that changed or were withdrawn, as they stood before. To be called before they are written. */
export async function notePersonsBefore(client: Client, typeId: number, seq: number): Promise<void> {
  const before = `record t JOIN change c ON c.record_id = t.record_id AND c.kind IN ('c', 'w') WHERE t.record_type = $1`;
  await client.query(pending(bothPersons(before)), [typeId, seq]);
}

/** Notes the persons of records that are new or changed, as the load has them. */
export async function notePersonsAfter(client: Client, typeId: number, no: number, seq: number): Promise<void> {
  const after = `${stagedRows(no)} t JOIN change c ON c.record_id = t.record_id`;
  await client.query(pending(bothPersons(after)), [typeId, seq]);
}

/**
 * Notes the persons of all records, when all came with this load. The others of a record are found by their index, which has nothing to read where
 * there are none; and where nobody waits yet, nobody is looked for.
 */
export async function noteAllPersons(client: Client, typeId: number, no: number, seq: number): Promise<void> {
  const all = `SELECT person_key FROM ${stagedRows(no)}
    UNION ALL SELECT other_person_key FROM record WHERE record_type = $1 AND other_person_key IS NOT NULL`;
  const { rows } = await client.query('SELECT FROM slice_pending WHERE record_type = $1 LIMIT 1', [typeId]);
  await client.query(rows.length === 0 ? pendingAnew(all) : pending(all), [typeId, seq]);
}

export async function withdrawRecords(client: Client, typeId: number): Promise<number> {
  const { rowCount } = await client.query(
    `DELETE FROM record r USING change c WHERE c.kind = 'w' AND r.record_type = $1 AND r.record_id = c.record_id`,
    [typeId],
  );
  return rowCount ?? 0;
}

export async function updateRecords(client: Client, w: Writing): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE record r SET person_key = s.person_key, name_key = s.name_key, other_person_key = s.other_person_key,
       other_name_key = s.other_name_key, order_key = s.order_key, blind = s.blind, chunk = s.chunk, chunk_at = s.chunk_at,
       digest = s.digest, scope_prefix = $2, load_seq = $3
     FROM ${stagedRows(w.no)} s JOIN change c ON c.record_id = s.record_id AND c.kind = 'c'
     WHERE r.record_type = $1 AND r.record_id = s.record_id`,
    [w.typeId, w.scopePrefix, w.seq],
  );
  return rowCount ?? 0;
}

export async function insertRecords(client: Client, w: Writing): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO record (record_type, ${RECORD}, scope_prefix, load_seq)
     SELECT $1, ${prefixed('s')}, $2, $3
     FROM ${stagedRows(w.no)} s JOIN change c ON c.record_id = s.record_id AND c.kind = 'n'`,
    [w.typeId, w.scopePrefix, w.seq],
  );
  return rowCount ?? 0;
}

/** All rows of the load become records: to be called when there was none of the type. */
export async function insertAllRecords(client: Client, w: Writing): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO record (record_type, ${RECORD}, scope_prefix, load_seq)
     SELECT $1, ${prefixed('s')}, $2, $3 FROM ${stagedRows(w.no)} s`,
    [w.typeId, w.scopePrefix, w.seq],
  );
  return rowCount ?? 0;
}

/** Unchanged records count as written by this load: its scope is theirs now. Those that have it already are let be. */
export async function adoptUnchanged(client: Client, w: Writing): Promise<void> {
  await client.query(
    `WITH adopted AS (
       UPDATE record r SET scope_prefix = $2 FROM ${stagedRows(w.no)} s
       WHERE r.record_type = $1 AND r.record_id = s.record_id AND r.scope_prefix <> $2
       RETURNING r.chunk, r.chunk_at
     ) ${forgetAdopted('SELECT chunk, chunk_at FROM adopted')}`,
    [w.typeId, w.scopePrefix],
  );
}

export async function countStaged(client: Client, no: number): Promise<number> {
  const { rows } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${stagedRows(no)}`);
  return asInteger(rows[0]?.n ?? 0);
}

/** In the order of the index, which is written page by page then. */
export async function keepNames(client: Client, no: number): Promise<void> {
  await client.query(
    `INSERT INTO person_name (person_key, name_key, sealed)
     SELECT person_key, name_key, sealed FROM ${stagedNames(no)} ORDER BY person_key, name_key
     ON CONFLICT DO NOTHING`,
  );
}

/**
 * Removes the load's evidence that no record points to: its rows were unchanged or superseded. The chunks that are needed are
 * gathered first: asked for one by one, each would be looked for among all rows.
 */
export async function dropUnusedEvidence(client: Client, no: number, used: 'staged' | 'changed'): Promise<void> {
  const changed = used === 'changed' ? 'JOIN change c ON c.record_id = s.record_id' : '';
  await client.query(
    `WITH used AS MATERIALIZED (SELECT DISTINCT s.chunk FROM ${stagedRows(no)} s ${changed})
     DELETE FROM evidence_chunk e WHERE e.load_no = $1 AND NOT EXISTS (SELECT FROM used u WHERE u.chunk = e.id)`,
    [no],
  );
}

/** Removes all evidence of a load: it was refused, or nothing in it was new. */
export async function deleteEvidence(client: Client, no: number): Promise<void> {
  await client.query('DELETE FROM evidence_chunk WHERE load_no = $1', [no]);
}
