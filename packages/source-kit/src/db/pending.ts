import { asInteger, byteaArray, type Client, type Queryable } from '@hedui/postgres';

/** A person whose slice has to be sent, with the number that it will carry. */
export interface PendingPerson {
  personKey: Buffer;
  counter: number;
}

/** A current record as it goes into one person's slice. */
export interface SliceEntry {
  nameKey: Buffer;
  /** Pseudonym of the other person of the record, seen from this one. */
  otherPersonKey: Buffer | null;
  blind: Buffer;
}

export interface PendingSlice extends PendingPerson {
  entries: SliceEntry[];
}

/**
 * The slices of up to `limit` persons after `after` (by key) who wait since load `seq` or before. To be called in a
 * transaction that sees one state of the database throughout (REPEATABLE READ): a slice then holds exactly what its number
 * says. Each person comes as one value, because PostgreSQL and the driver cost far more for each row than for its bytes.
 */
export async function readPendingSlices(
  client: Client,
  typeId: number,
  seq: number,
  after: Uint8Array,
  limit: number,
): Promise<PendingSlice[]> {
  const { rows } = await client.query<{ person_key: Buffer; counter: string; entries: Buffer | null }>(
    `SELECT p.person_key, p.counter, r.entries FROM (
       SELECT person_key, counter FROM slice_pending
       WHERE record_type = $1 AND since <= $2 AND person_key > $3 ORDER BY person_key LIMIT $4
     ) p LEFT JOIN LATERAL (
       SELECT string_agg(own.name_key || int4send(octet_length(own.other)) || own.other
           || int4send(octet_length(own.blind)) || own.blind, ''::bytea ORDER BY own.order_key, own.record_id) AS entries
       FROM (
         SELECT name_key, coalesce(other_person_key, ''::bytea) AS other, blind, order_key, record_id
         FROM record WHERE record_type = $1 AND person_key = p.person_key
         UNION ALL
         SELECT other_name_key, person_key, blind, order_key, record_id
         FROM record WHERE record_type = $1 AND other_person_key = p.person_key AND person_key <> p.person_key
       ) own
     ) r ON true ORDER BY p.person_key`,
    [typeId, seq, after, limit],
  );
  return rows.map((row) => ({
    personKey: row.person_key,
    counter: asInteger(row.counter),
    entries: row.entries ? readEntries(row.entries) : [],
  }));
}

function readEntries(bytes: Buffer): SliceEntry[] {
  const entries: SliceEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const nameKey = bytes.subarray(at, at + 16);
    at += 16;
    const otherLength = bytes.readInt32BE(at);
    const other = bytes.subarray(at + 4, at + 4 + otherLength);
    at += 4 + otherLength;
    const blindLength = bytes.readInt32BE(at);
    const blind = bytes.subarray(at + 4, at + 4 + blindLength);
    at += 4 + blindLength;
    entries.push({ nameKey, otherPersonKey: otherLength > 0 ? other : null, blind });
  }
  return entries;
}

/**
 * Forgets persons whose slice was sent, unless it changed meanwhile. `sent`: in the order of their keys, as they were read: only what lies between
 * the first and the last is looked at, or a table of millions would be read for every few thousand. Rows that a load under way has
 * locked are let be: they get a newer number, or, when it fails, are sent once more. Returns how many were forgotten.
 */
export async function forgetPending(db: Queryable, typeId: number, sent: readonly PendingPerson[]): Promise<number> {
  const [first, last] = [sent[0], sent.at(-1)];
  if (!first || !last) return 0;
  const { rowCount } = await db.query(
    `DELETE FROM slice_pending WHERE ctid = ANY(ARRAY(
       SELECT p.ctid FROM slice_pending p
       JOIN unnest($2::bytea[], $3::bigint[]) AS s(person_key, counter) ON s.person_key = p.person_key AND s.counter = p.counter
       WHERE p.record_type = $1 AND p.person_key BETWEEN $4 AND $5 FOR UPDATE OF p SKIP LOCKED))`,
    [typeId, byteaArray(sent.map((p) => p.personKey)), sent.map((p) => p.counter), first.personKey, last.personKey],
  );
  return rowCount ?? 0;
}

/** True while anybody waits since load `seq` or before. */
export async function anyPending(db: Queryable, typeId: number, seq: number): Promise<boolean> {
  const { rows } = await db.query<{ any: boolean }>(
    'SELECT EXISTS (SELECT FROM slice_pending WHERE record_type = $1 AND since <= $2) AS any',
    [typeId, seq],
  );
  return rows[0]?.any ?? false;
}

/**
 * Notes everybody who has a record of the type, and all its loads, to be sent again: the topic began a new life, or the
 * database was restored. The slices keep the newest load's number. Waits for the relay at work, in whichever process, and
 * holds it off until the transaction ends: what it is sending would be marked as sent again.
 */
export async function resendAll(client: Client, typeId: number): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtext('relay'))");
  await client.query(
    `INSERT INTO slice_pending (record_type, person_key, since, counter)
     SELECT $1, k.person_key, 0, t.seq FROM record_type t, (
       SELECT person_key FROM record WHERE record_type = $1
       UNION SELECT other_person_key FROM record WHERE record_type = $1 AND other_person_key IS NOT NULL
     ) k WHERE t.id = $1 ORDER BY k.person_key
     ON CONFLICT (record_type, person_key) DO UPDATE SET since = 0`,
    [typeId],
  );
  await client.query('UPDATE load SET sent_at = NULL WHERE record_type = $1 AND seq IS NOT NULL', [typeId]);
}

/** Notes one person to be sent again, behind the newest load; false when nobody of the type has this key here. */
export async function resendPerson(client: Client, typeId: number, person: Uint8Array): Promise<boolean> {
  await client.query("SELECT pg_advisory_xact_lock(hashtext('relay'))");
  const { rowCount } = await client.query(
    `INSERT INTO slice_pending (record_type, person_key, since, counter)
     SELECT $1, $2, 0, t.seq FROM record_type t
     WHERE t.id = $1 AND EXISTS (SELECT FROM record WHERE record_type = $1 AND (person_key = $2 OR other_person_key = $2))
     ON CONFLICT (record_type, person_key) DO UPDATE SET since = 0`,
    [typeId, person],
  );
  if (rowCount !== 1) return false;
  await client.query(
    `UPDATE load SET sent_at = NULL WHERE record_type = $1 AND seq = (SELECT max(seq) FROM load WHERE record_type = $1)`,
    [typeId],
  );
  return true;
}

/** The life of the record topic that was sent to; null before anything was sent. */
export async function sentGeneration(db: Queryable, typeId: number): Promise<string | null> {
  const { rows } = await db.query<{ generation: string | null }>('SELECT generation FROM record_type WHERE id = $1', [
    typeId,
  ]);
  return rows[0]?.generation ?? null;
}

export async function writeGeneration(db: Queryable, typeId: number, generation: string): Promise<void> {
  await db.query('UPDATE record_type SET generation = $2 WHERE id = $1', [typeId, generation]);
}
