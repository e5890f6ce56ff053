import { type Day, formatDay, type PolicyPublished, parseDay } from '@hedui/contracts';
import type { Queryable } from '@hedui/postgres';

/** A published version as it is stored. */
export interface StoredPolicy {
  id: string;
  version: number;
  digest: string;
  /** The document as JSON with sorted keys. */
  canonical: string;
  effectiveFrom: Day;
  publishedAt: Date;
}

interface PolicyRow {
  id: string;
  version: number;
  digest: string;
  canonical: string;
  effective_from: string;
  published_at: Date;
}

const COLUMNS = 'id, version, digest, canonical, effective_from::text, published_at';

function stored(row: PolicyRow): StoredPolicy {
  const effectiveFrom = parseDay(row.effective_from);
  if (effectiveFrom === null) throw new TypeError('a stored date cannot be read');
  const { id, version, digest, canonical } = row;
  return { id, version, digest, canonical, effectiveFrom, publishedAt: row.published_at };
}

/** Stores a version that two people stand for; null when id and version are taken. */
export async function insertPolicy(
  db: Queryable,
  policy: Omit<StoredPolicy, 'publishedAt'>,
  people: { proposedBy: string; approvedBy: string },
): Promise<StoredPolicy | null> {
  const { rows } = await db.query<PolicyRow>(
    `INSERT INTO policy (id, version, digest, canonical, effective_from, proposed_by, approved_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (id, version) DO NOTHING RETURNING ${COLUMNS}`,
    [
      policy.id,
      policy.version,
      policy.digest,
      policy.canonical,
      formatDay(policy.effectiveFrom),
      people.proposedBy,
      people.approvedBy,
    ],
  );
  return rows[0] ? stored(rows[0]) : null;
}

export async function findPolicy(db: Queryable, id: string, version: number): Promise<StoredPolicy | null> {
  const { rows } = await db.query<PolicyRow>(`SELECT ${COLUMNS} FROM policy WHERE id = $1 AND version = $2`, [
    id,
    version,
  ]);
  return rows[0] ? stored(rows[0]) : null;
}

/** Versions by id, the newest of each first, after a place in that order. */
export async function listPolicies(
  db: Queryable,
  after: { id: string; version: number } | null,
  limit: number,
): Promise<StoredPolicy[]> {
  const { rows } = await db.query<PolicyRow>(
    `SELECT ${COLUMNS} FROM policy
     WHERE $1::text IS NULL OR id > $1 OR (id = $1 AND version < $2)
     ORDER BY id, version DESC LIMIT $3`,
    [after?.id ?? null, after?.version ?? 0, limit],
  );
  return rows.map(stored);
}

/** What a choice without a version needs: all versions of `id`, or of every policy when it is null. */
export async function policyCandidates(db: Queryable, id: string | null): Promise<Omit<StoredPolicy, 'canonical'>[]> {
  const { rows } = await db.query<PolicyRow>(
    `SELECT id, version, digest, '' AS canonical, effective_from::text, published_at FROM policy
     WHERE $1::text IS NULL OR id = $1`,
    [id],
  );
  return rows.map(stored);
}

/** Every published version as it is told, in the order in which they were published. */
export async function everyPolicy(db: Queryable): Promise<PolicyPublished[]> {
  const { rows } = await db.query<PolicyPublished>(
    'SELECT id, version, digest, canonical AS document FROM policy ORDER BY published_at, id, version',
  );
  return rows;
}
