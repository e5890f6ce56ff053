import type { ChunkId, UnmaskingReason } from '@hedui/contracts';
import type { Client, Queryable } from '@hedui/postgres';

/** Somebody's wish to see one report unmasked, and what became of it. */
export interface StoredUnmasking {
  id: string;
  chunkId: ChunkId;
  place: number;
  reason: UnmaskingReason;
  reference: string | null;
  askedBy: string;
  askedAt: Date;
  grantedBy: string | null;
  grantedAt: Date | null;
  until: Date | null;
}

interface UnmaskingRow {
  id: string;
  chunk_id: ChunkId;
  place: number;
  reason: UnmaskingReason;
  reference: string | null;
  asked_by: string;
  asked_at: Date;
  granted_by: string | null;
  granted_at: Date | null;
  until: Date | null;
}

const COLUMNS = 'id, chunk_id, place, reason, reference, asked_by, asked_at, granted_by, granted_at, until';

const stored = (row: UnmaskingRow): StoredUnmasking => ({
  id: row.id,
  chunkId: row.chunk_id,
  place: row.place,
  reason: row.reason,
  reference: row.reference,
  askedBy: row.asked_by,
  askedAt: row.asked_at,
  grantedBy: row.granted_by,
  grantedAt: row.granted_at,
  until: row.until,
});

export async function insertUnmasking(
  db: Queryable,
  asked: Pick<StoredUnmasking, 'id' | 'chunkId' | 'place' | 'reason' | 'reference' | 'askedBy'>,
): Promise<StoredUnmasking> {
  const { rows } = await db.query<UnmaskingRow>(
    `INSERT INTO unmasking (id, chunk_id, place, reason, reference, asked_by) VALUES ($1, $2, $3, $4, $5, $6)
     RETURNING ${COLUMNS}`,
    [asked.id, asked.chunkId, asked.place, asked.reason, asked.reference, asked.askedBy],
  );
  const [row] = rows;
  if (row === undefined) throw new TypeError('an unmasking was not stored');
  return stored(row);
}

export async function findUnmasking(db: Queryable, id: string): Promise<StoredUnmasking | null> {
  const { rows } = await db.query<UnmaskingRow>(`SELECT ${COLUMNS} FROM unmasking WHERE id = $1`, [id]);
  return rows[0] ? stored(rows[0]) : null;
}

/** Grants what was asked for, for so many minutes; null when it was granted already. */
export async function grantUnmasking(
  client: Client,
  id: string,
  grant: { by: string; minutes: number },
): Promise<StoredUnmasking | null> {
  const { rows } = await client.query<UnmaskingRow>(
    `UPDATE unmasking SET granted_by = $2, granted_at = now(), until = now() + make_interval(mins => $3)
     WHERE id = $1 AND granted_by IS NULL RETURNING ${COLUMNS}`,
    [id, grant.by, grant.minutes],
  );
  return rows[0] ? stored(rows[0]) : null;
}

/** The grant under which somebody may see a report unmasked now, by the database's clock; null without one. */
export async function grantInForce(
  db: Queryable,
  report: { chunkId: ChunkId; place: number },
  askedBy: string,
): Promise<StoredUnmasking | null> {
  const { rows } = await db.query<UnmaskingRow>(
    `SELECT ${COLUMNS} FROM unmasking
     WHERE chunk_id = $1 AND place = $2 AND asked_by = $3 AND until > now() ORDER BY until DESC LIMIT 1`,
    [report.chunkId, report.place, askedBy],
  );
  return rows[0] ? stored(rows[0]) : null;
}

/** Those of the last days that the reader may see, newest first, with where their households stand. */
export async function recentUnmaskings(
  db: Queryable,
  days: number,
): Promise<(StoredUnmasking & { region: string; programme: string; owner: string | null })[]> {
  const { rows } = await db.query<UnmaskingRow & { region: string; programme: string; owner: string | null }>(
    `SELECT ${COLUMNS.split(', ')
      .map((column) => `u.${column}`)
      .join(', ')}, h.region, h.programme, c.owner
     FROM unmasking u JOIN chunk c ON c.id = u.chunk_id JOIN household h ON h.chunk_no = c.no AND h.place = u.place
     WHERE u.asked_at > now() - make_interval(days => $1) ORDER BY u.no DESC LIMIT 500`,
    [days],
  );
  return rows.map((row) => ({ ...stored(row), region: row.region, programme: row.programme, owner: row.owner }));
}
