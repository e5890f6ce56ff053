import type { Rights, SystemClient } from '@hedui/contracts';
import type { Queryable } from '@hedui/postgres';
import { RIGHTS_COLUMNS, type RightsRow, rightsOf, rightsValues } from './rows.js';

/** How a system proves who it is: a hash of its secret, or its public keys. */
export type Credentials = { secretHash: string } | { jwks: { keys: Record<string, unknown>[] } };

interface ClientRow extends RightsRow {
  id: string;
  secret_hash: string | null;
  jwks: { keys: Record<string, unknown>[] } | null;
  disabled: boolean;
  created_at: Date;
}

export interface StoredClient {
  client: SystemClient;
  credentials: Credentials;
}

const COLUMNS = `id, secret_hash, jwks, disabled, created_at, ${RIGHTS_COLUMNS}`;

function stored(row: ClientRow | undefined): StoredClient | null {
  if (!row) return null;
  const credentials: Credentials | null =
    row.jwks !== null ? { jwks: row.jwks } : row.secret_hash !== null ? { secretHash: row.secret_hash } : null;
  if (!credentials) return null;
  const client: SystemClient = {
    id: row.id,
    method: 'jwks' in credentials ? 'private_key_jwt' : 'client_secret_basic',
    ...rightsOf(row),
    disabled: row.disabled,
    createdAt: row.created_at.toISOString(),
  };
  return { client, credentials };
}

const credentialValues = (credentials: Credentials) =>
  'jwks' in credentials ? [null, JSON.stringify(credentials.jwks)] : [credentials.secretHash, null];

/** Null when the id is taken. */
export async function insertClient(
  db: Queryable,
  client: { id: string; credentials: Credentials } & Rights,
): Promise<StoredClient | null> {
  const { rows } = await db.query<ClientRow>(
    `INSERT INTO system_client (id, secret_hash, jwks, ${RIGHTS_COLUMNS})
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING RETURNING ${COLUMNS}`,
    [client.id, ...credentialValues(client.credentials), ...rightsValues(client)],
  );
  return stored(rows[0]);
}

export async function clientById(db: Queryable, id: string): Promise<StoredClient | null> {
  const { rows } = await db.query<ClientRow>(`SELECT ${COLUMNS} FROM system_client WHERE id = $1`, [id]);
  return stored(rows[0]);
}

/** Clients after `after` in the order of their ids. */
export async function clientsAfter(db: Queryable, after: string, limit: number): Promise<SystemClient[]> {
  const { rows } = await db.query<ClientRow>(
    `SELECT ${COLUMNS} FROM system_client WHERE id > $1 ORDER BY id LIMIT $2`,
    [after, limit],
  );
  return rows.flatMap((row) => stored(row)?.client ?? []);
}

export async function setClientDisabled(db: Queryable, id: string, disabled: boolean): Promise<StoredClient | null> {
  const { rows } = await db.query<ClientRow>(
    `UPDATE system_client SET disabled = $2 WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, disabled],
  );
  return stored(rows[0]);
}

export async function setClientRights(db: Queryable, id: string, rights: Rights): Promise<StoredClient | null> {
  const { rows } = await db.query<ClientRow>(
    `UPDATE system_client SET (${RIGHTS_COLUMNS}) = ($2, $3, $4, $5, $6) WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, ...rightsValues(rights)],
  );
  return stored(rows[0]);
}

export async function setClientCredentials(
  db: Queryable,
  id: string,
  credentials: Credentials,
): Promise<StoredClient | null> {
  const { rows } = await db.query<ClientRow>(
    `UPDATE system_client SET (secret_hash, jwks) = ($2, $3::jsonb) WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, ...credentialValues(credentials)],
  );
  return stored(rows[0]);
}
