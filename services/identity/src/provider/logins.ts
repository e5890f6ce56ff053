import { inTransaction, type Pool } from '@hedui/postgres';
import type { AdapterPayload } from 'oidc-provider';
import { recordChange, SERVICE_DOES } from '../audit.js';
import { deleteGrant, deleteState, grantsInUse, type LiveState, sessionsOf, upsertState } from '../db/states.js';
import { lockUser } from '../db/users.js';

/** A login of a person: a browser's session with what programs were given in it, or what is left of one whose session has ended. */
interface Login {
  since: Date;
  session: string | null;
  grants: string[];
}

/** The grants that a session's payload names. */
function grantsOf({ payload }: LiveState): string[] {
  const all = Object.values(payload.authorizations ?? {});
  return all.flatMap(({ grantId }) => (grantId === undefined ? [] : [grantId]));
}

/** All but the newest `most`, which hold on. */
export function loginsToEnd(sessions: readonly LiveState[], grants: readonly LiveState[], most: number): Login[] {
  const bound = new Set(sessions.flatMap(grantsOf));
  const logins: Login[] = [
    ...sessions.map((session) => ({ since: session.created_at, session: session.id, grants: grantsOf(session) })),
    ...grants
      .filter(({ id }) => !bound.has(id))
      .map((grant) => ({ since: grant.created_at, session: null, grants: [grant.id] })),
  ];
  return logins.sort((a, b) => b.since.getTime() - a.since.getTime()).slice(most);
}

/**
 * Keeps a session of somebody who has logged in. When it is new, the oldest logins of the same person beyond `most` end with all that programs were given in
 * them, in the same transaction, which records it; logins of one person wait for each other here.
 */
export async function keepSession(
  pool: Pool,
  session: { id: string; accountId: string; payload: AdapterPayload; seconds: number | undefined },
  most: number,
): Promise<void> {
  const { id, accountId } = session;
  await inTransaction(pool, async (client) => {
    await lockUser(client, accountId);
    if (!(await upsertState(client, 'Session', id, session.payload, session.seconds))) return;
    const sessions = await sessionsOf(client, accountId);
    const ended = loginsToEnd(sessions, await grantsInUse(client, accountId), most);
    if (ended.length === 0) return;
    for (const login of ended) {
      if (login.session !== null) await deleteState(client, 'Session', login.session);
      for (const grant of login.grants) {
        await deleteGrant(client, grant);
        await deleteState(client, 'Grant', grant);
      }
    }
    const details = { ended: ended.length, most };
    await recordChange(client, SERVICE_DOES, 'login.ended', { kind: 'user', id: accountId }, details);
  });
}
