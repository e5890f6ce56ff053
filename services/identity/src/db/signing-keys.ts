import type { Client, Queryable } from '@hedui/postgres';

export interface SigningKeyRow {
  kid: string;
  sealed: Buffer;
  createdAt: Date;
  signsFrom: Date;
}

/** Lets one process at a time decide about keys, until its transaction ends. */
export async function lockSigningKeys(client: Client): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('signing-keys'))`);
}

/** Newest first: by the moment from which they sign. */
export async function signingKeys(db: Queryable): Promise<SigningKeyRow[]> {
  const { rows } = await db.query<SigningKeyRow>(
    `SELECT kid, sealed, created_at AS "createdAt", signs_from AS "signsFrom"
     FROM signing_key ORDER BY signs_from DESC, created_at DESC, kid`,
  );
  return rows;
}

/** `notice`: seconds until it signs. */
export async function insertSigningKey(
  db: Queryable,
  key: { kid: string; sealed: Uint8Array },
  notice: number,
): Promise<void> {
  await db.query(
    `INSERT INTO signing_key (kid, sealed, signs_from) VALUES ($1, $2, now() + $3 * interval '1 second')`,
    [key.kid, key.sealed, notice],
  );
}

export async function deleteSigningKeys(db: Queryable, kids: readonly string[]): Promise<void> {
  await db.query('DELETE FROM signing_key WHERE kid = ANY($1)', [kids]);
}
