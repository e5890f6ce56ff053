import type { PolicyPublished } from '@hedui/contracts';
import type { Queryable } from '@hedui/postgres';

/** Keeps a published version. A version is immutable: a repeat changes nothing. */
export async function putPolicy(db: Queryable, policy: PolicyPublished): Promise<void> {
  await db.query('INSERT INTO policy (id, version, digest, canonical) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
    policy.id,
    policy.version,
    policy.digest,
    policy.document,
  ]);
}

/** A published version, or null. */
export async function readPolicy(
  db: Queryable,
  id: string,
  version: number,
): Promise<{ digest: string; canonical: string } | null> {
  const { rows } = await db.query<{ digest: string; canonical: string }>(
    'SELECT digest, canonical FROM policy WHERE id = $1 AND version = $2',
    [id, version],
  );
  return rows[0] ?? null;
}
