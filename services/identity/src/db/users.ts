import type { Rights, User } from '@hedui/contracts';
import type { Queryable } from '@hedui/postgres';
import { RIGHTS_COLUMNS, type RightsRow, rightsOf, rightsValues } from './rows.js';

interface UserRow extends RightsRow {
  id: string;
  login: string;
  password: string;
  must_change_password: boolean;
  disabled: boolean;
  created_at: Date;
  last_login_at: Date | null;
}

/** A user with the hash of the password, which never leaves this service. */
export interface StoredUser {
  user: User;
  password: string;
}

const COLUMNS = `id, login, password, must_change_password, disabled, created_at, last_login_at, ${RIGHTS_COLUMNS}`;

function stored(row: UserRow | undefined): StoredUser | null {
  if (!row) return null;
  const user: User = {
    id: row.id,
    login: row.login,
    ...rightsOf(row),
    disabled: row.disabled,
    mustChangePassword: row.must_change_password,
    createdAt: row.created_at.toISOString(),
    lastLoginAt: row.last_login_at?.toISOString() ?? null,
  };
  return { user, password: row.password };
}

/** Null when the login is taken. */
export async function insertUser(
  db: Queryable,
  user: { id: string; login: string; password: string; mustChangePassword: boolean } & Rights,
): Promise<StoredUser | null> {
  const { rows } = await db.query<UserRow>(
    `INSERT INTO app_user (id, login, password, must_change_password, ${RIGHTS_COLUMNS})
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (login) DO NOTHING RETURNING ${COLUMNS}`,
    [user.id, user.login, user.password, user.mustChangePassword, ...rightsValues(user)],
  );
  return stored(rows[0]);
}

export async function userById(db: Queryable, id: string): Promise<StoredUser | null> {
  const { rows } = await db.query<UserRow>(`SELECT ${COLUMNS} FROM app_user WHERE id = $1`, [id]);
  return stored(rows[0]);
}

export async function userByLogin(db: Queryable, login: string): Promise<StoredUser | null> {
  const { rows } = await db.query<UserRow>(`SELECT ${COLUMNS} FROM app_user WHERE login = $1`, [login]);
  return stored(rows[0]);
}

/** Whoever else changes this user, or logs in as them, waits until the transaction ends. */
export async function lockUser(db: Queryable, id: string): Promise<void> {
  await db.query('SELECT 1 FROM app_user WHERE id = $1 FOR NO KEY UPDATE', [id]);
}

/** Users after `after` in the order of their logins. */
export async function usersAfter(db: Queryable, after: string, limit: number): Promise<User[]> {
  const { rows } = await db.query<UserRow>(`SELECT ${COLUMNS} FROM app_user WHERE login > $1 ORDER BY login LIMIT $2`, [
    after,
    limit,
  ]);
  return rows.flatMap((row) => stored(row)?.user ?? []);
}

export async function setUserDisabled(db: Queryable, id: string, disabled: boolean): Promise<StoredUser | null> {
  const { rows } = await db.query<UserRow>(`UPDATE app_user SET disabled = $2 WHERE id = $1 RETURNING ${COLUMNS}`, [
    id,
    disabled,
  ]);
  return stored(rows[0]);
}

export async function setUserRights(db: Queryable, id: string, rights: Rights): Promise<StoredUser | null> {
  const { rows } = await db.query<UserRow>(
    `UPDATE app_user SET (${RIGHTS_COLUMNS}) = ($2, $3, $4, $5, $6) WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, ...rightsValues(rights)],
  );
  return stored(rows[0]);
}

export async function setUserPassword(
  db: Queryable,
  id: string,
  password: string,
  mustChangePassword: boolean,
): Promise<StoredUser | null> {
  const { rows } = await db.query<UserRow>(
    `UPDATE app_user SET password = $2, must_change_password = $3 WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, password, mustChangePassword],
  );
  return stored(rows[0]);
}

export async function markLogin(db: Queryable, id: string): Promise<void> {
  await db.query('UPDATE app_user SET last_login_at = now() WHERE id = $1', [id]);
}
