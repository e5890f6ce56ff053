import type { Queryable } from '@hedui/postgres';
import type { AdapterPayload } from 'oidc-provider';

/** What the provider keeps of one model under one id. */
export interface StateRow {
  payload: AdapterPayload;
  consumed_at: Date | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const SELECT = 'SELECT payload, consumed_at FROM oidc_state WHERE';

/** What holds at this moment. */
export interface LiveState {
  id: string;
  payload: AdapterPayload;
  created_at: Date;
}

/** Whether it is new. `seconds`: how long it is kept; undefined: for ever. */
export async function upsertState(
  db: Queryable,
  model: string,
  id: string,
  payload: AdapterPayload,
  seconds: number | undefined,
): Promise<boolean> {
  const { rows } = await db.query<{ made: boolean }>(
    `INSERT INTO oidc_state (model, id, payload, grant_id, user_code, uid, account_id, client_id, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9 * interval '1 second')
     ON CONFLICT (model, id) DO UPDATE SET (payload, grant_id, user_code, uid, account_id, client_id, expires_at) =
       (excluded.payload, excluded.grant_id, excluded.user_code, excluded.uid, excluded.account_id,
        excluded.client_id, excluded.expires_at)
     RETURNING xmax = 0 AS made`,
    [
      model,
      id,
      JSON.stringify(payload),
      text(payload.grantId),
      text(payload.userCode),
      text(payload.uid),
      text(payload.accountId),
      text(payload.clientId),
      seconds ?? null,
    ],
  );
  return rows[0]?.made === true;
}

export async function stateById(db: Queryable, model: string, id: string): Promise<StateRow | undefined> {
  return (await db.query<StateRow>(`${SELECT} model = $1 AND id = $2`, [model, id])).rows[0];
}

export async function stateByUid(db: Queryable, model: string, uid: string): Promise<StateRow | undefined> {
  return (await db.query<StateRow>(`${SELECT} model = $1 AND uid = $2`, [model, uid])).rows[0];
}

export async function stateByUserCode(db: Queryable, model: string, code: string): Promise<StateRow | undefined> {
  return (await db.query<StateRow>(`${SELECT} model = $1 AND user_code = $2`, [model, code])).rows[0];
}

/** False when somebody else has consumed it. */
export async function consumeState(db: Queryable, model: string, id: string): Promise<boolean> {
  const done = await db.query(
    'UPDATE oidc_state SET consumed_at = now() WHERE model = $1 AND id = $2 AND consumed_at IS NULL',
    [model, id],
  );
  return done.rowCount === 1;
}

export async function deleteState(db: Queryable, model: string, id: string): Promise<void> {
  await db.query('DELETE FROM oidc_state WHERE model = $1 AND id = $2', [model, id]);
}

/** Ends everything that was given out under a grant. */
export async function deleteGrant(db: Queryable, grantId: string): Promise<void> {
  await db.query('DELETE FROM oidc_state WHERE grant_id = $1', [grantId]);
}

/** Sessions of browsers in which this user is logged in. */
export async function sessionsOf(db: Queryable, accountId: string): Promise<LiveState[]> {
  const { rows } = await db.query<LiveState>(
    `SELECT id, payload, created_at FROM oidc_state
     WHERE account_id = $1 AND model = 'Session' AND expires_at > now()`,
    [accountId],
  );
  return rows;
}

/** Grants of this user under which a program can still fetch tokens. */
export async function grantsInUse(db: Queryable, accountId: string): Promise<LiveState[]> {
  const { rows } = await db.query<LiveState>(
    `SELECT id, payload, created_at FROM oidc_state g
     WHERE account_id = $1 AND model = 'Grant' AND EXISTS (
       SELECT 1 FROM oidc_state t WHERE t.grant_id = g.id AND t.model = 'RefreshToken'
         AND t.consumed_at IS NULL AND t.expires_at > now())`,
    [accountId],
  );
  return rows;
}

/** Ends every session, grant, code and refresh token of a user. */
export async function deleteStatesOfAccount(db: Queryable, accountId: string): Promise<void> {
  await db.query('DELETE FROM oidc_state WHERE account_id = $1', [accountId]);
}

/** Removes what ended an hour ago: until then the provider can still say that it has ended. */
export async function sweepStates(db: Queryable): Promise<void> {
  await db.query(`DELETE FROM oidc_state WHERE expires_at < now() - interval '1 hour'`);
}
