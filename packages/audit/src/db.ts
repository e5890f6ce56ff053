import { asInteger, type Client, type Queryable } from '@hedui/postgres';

/** One checkpoint as it is kept. */
export interface StoredCheckpoint {
  size: number;
  /** Canonical text. */
  statement: string;
  signature: Buffer;
}

/** Number and hash of the newest entry. */
export async function readHead(db: Queryable): Promise<{ size: number; hash: Buffer }> {
  const { rows } = await db.query<{ seq: string; hash: Buffer }>('SELECT seq, hash FROM audit_head');
  const [head] = rows;
  if (!head) throw new Error('the audit log has no head');
  return { size: asInteger(head.seq), hash: head.hash };
}

/** How long the chain is, how much of it no checkpoint covers, and how old the first of that is (seconds). */
export async function readSigned(db: Queryable): Promise<{ entries: number; unsigned: number; seconds: number }> {
  const { rows } = await db.query<{ entries: string; signed: string; seconds: string | null }>(
    `SELECT seq AS entries, signed, (SELECT extract(epoch FROM now() - at) FROM audit_entry WHERE audit_entry.seq = signed + 1) AS seconds
     FROM audit_head, LATERAL (SELECT coalesce(max(size), 0) AS signed FROM audit_checkpoint) AS newest`,
  );
  const entries = asInteger(rows[0]?.entries ?? 0);
  return {
    entries,
    unsigned: entries - asInteger(rows[0]?.signed ?? 0),
    seconds: Math.max(0, Number(rows[0]?.seconds ?? 0)),
  };
}

/** Hashes of the entries `from` to `to` (numbers from 1, both inclusive), in their order. */
export async function readHashes(db: Queryable, from: number, to: number): Promise<Buffer[]> {
  const { rows } = await db.query<{ hash: Buffer }>(
    'SELECT hash FROM audit_entry WHERE seq BETWEEN $1 AND $2 ORDER BY seq',
    [from, to],
  );
  return rows.map(({ hash }) => hash);
}

/** Roots of the first `count` tiles; a tile that is not stored yet ends the list. */
export async function readTiles(db: Queryable, count: number): Promise<Buffer[]> {
  const { rows } = await db.query<{ no: string; root: Buffer }>(
    'SELECT no, root FROM audit_tile WHERE no < $1 ORDER BY no',
    [count],
  );
  const hole = rows.findIndex(({ no }, i) => asInteger(no) !== i);
  return (hole === -1 ? rows : rows.slice(0, hole)).map(({ root }) => root);
}

export async function insertTile(client: Client, no: number, root: Buffer): Promise<void> {
  await client.query('INSERT INTO audit_tile (no, root) VALUES ($1, $2) ON CONFLICT DO NOTHING', [no, root]);
}

interface CheckpointRow {
  size: string;
  statement: string;
  signature: Buffer;
}
const checkpointOf = ({ size, statement, signature }: CheckpointRow): StoredCheckpoint => ({
  size: asInteger(size),
  statement,
  signature,
});

/** The newest checkpoint of at most `upTo` entries; null before the first. */
export async function newestCheckpoint(
  db: Queryable,
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<StoredCheckpoint | null> {
  const { rows } = await db.query<CheckpointRow>(
    'SELECT size, statement, signature FROM audit_checkpoint WHERE size <= $1 ORDER BY size DESC LIMIT 1',
    [upTo],
  );
  return rows[0] ? checkpointOf(rows[0]) : null;
}

/** Checkpoints of sizes `from` to `to`, by size. */
export async function readCheckpoints(db: Queryable, from: number, to: number): Promise<StoredCheckpoint[]> {
  const { rows } = await db.query<CheckpointRow>(
    'SELECT size, statement, signature FROM audit_checkpoint WHERE size BETWEEN $1 AND $2 ORDER BY size',
    [from, to],
  );
  return rows.map(checkpointOf);
}

export async function insertCheckpoint(client: Client, checkpoint: StoredCheckpoint): Promise<void> {
  await client.query('INSERT INTO audit_checkpoint (size, statement, signature) VALUES ($1, $2, $3)', [
    checkpoint.size,
    checkpoint.statement,
    checkpoint.signature,
  ]);
}

/** Keeps a public key for good, so that what it signed can be verified after it was replaced. */
export async function keepKey(db: Queryable, id: string, x: string): Promise<void> {
  await db.query('INSERT INTO audit_key (id, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    id,
    Buffer.from(x, 'base64url'),
  ]);
}

/** Every key that ever signed for this log, the oldest first. */
export async function readKeys(db: Queryable): Promise<{ id: string; x: string }[]> {
  const { rows } = await db.query<{ id: string; public_key: Buffer }>(
    'SELECT id, public_key FROM audit_key ORDER BY since, id',
  );
  return rows.map((row) => ({ id: row.id, x: row.public_key.toString('base64url') }));
}

/** An entry's canonical text with its number and hash. */
export interface StoredEntry {
  seq: number;
  hash: Buffer;
  body: string;
}

interface EntryRow {
  seq: string;
  hash: Buffer;
  body: string;
}
const entryOf = ({ seq, hash, body }: EntryRow): StoredEntry => ({ seq: asInteger(seq), hash, body });

/** Entries `from` to `to`, in their order. */
export async function readEntries(db: Queryable, from: number, to: number): Promise<StoredEntry[]> {
  const { rows } = await db.query<EntryRow>(
    'SELECT seq, hash, body FROM audit_entry WHERE seq BETWEEN $1 AND $2 ORDER BY seq',
    [from, to],
  );
  return rows.map(entryOf);
}

/** The first entry of an action on an object; null when there is none. */
export async function findEntry(db: Queryable, action: string, objectId: string): Promise<StoredEntry | null> {
  const { rows } = await db.query<EntryRow>(
    'SELECT seq, hash, body FROM audit_entry WHERE object_id = $2 AND action = $1 ORDER BY seq LIMIT 1',
    [action, objectId],
  );
  return rows[0] ? entryOf(rows[0]) : null;
}

/** What entries are looked for. Times are included; regions are prefixes of codes, null: every entry. */
export interface EntryFilter {
  after: number;
  limit: number;
  from?: Date | undefined;
  to?: Date | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  objects?: readonly string[] | undefined;
  regionPrefixes: readonly string[] | null;
}

/** Entries that the filter lets through, in their order; an entry without a region is everybody's. */
export async function listEntries(db: Queryable, filter: EntryFilter): Promise<StoredEntry[]> {
  const { rows } = await db.query<EntryRow>(
    `SELECT seq, hash, body FROM audit_entry
     WHERE seq > $1 AND ($3::timestamptz IS NULL OR at >= $3) AND ($4::timestamptz IS NULL OR at <= $4)
       AND ($5::text IS NULL OR actor = $5) AND ($6::text IS NULL OR action = $6 OR starts_with(action, $6 || '.'))
       AND ($7::text[] IS NULL OR object_id = ANY($7))
       AND ($8::text[] IS NULL OR region IS NULL OR EXISTS (SELECT FROM unnest($8::text[]) p WHERE starts_with(region, p)))
     ORDER BY seq LIMIT $2`,
    [
      filter.after,
      filter.limit,
      filter.from ?? null,
      filter.to ?? null,
      filter.actor ?? null,
      filter.action ?? null,
      filter.objects ?? null,
      filter.regionPrefixes,
    ],
  );
  return rows.map(entryOf);
}
