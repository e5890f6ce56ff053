import { createHash } from 'node:crypto';
import type { Pool } from '@hedui/postgres';
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import {
  consumeState,
  deleteGrant,
  deleteState,
  type StateRow,
  stateById,
  stateByUid,
  stateByUserCode,
  upsertState,
} from '../db/states.js';
import { keepSession } from './logins.js';

/** What is a key to somebody's rights by itself: kept under a hash, so that who reads the database cannot use it. */
const HASHED: ReadonlySet<string> = new Set(['AuthorizationCode', 'RefreshToken']);
const hashOf = (id: string) => createHash('sha256').update(id).digest('base64url');

function found(row: StateRow | undefined, jti?: string): AdapterPayload | undefined {
  if (!row) return undefined;
  return {
    ...row.payload,
    ...(jti === undefined ? {} : { jti }),
    ...(row.consumed_at ? { consumed: Math.floor(row.consumed_at.getTime() / 1000) } : {}),
  };
}

/** Keeps the provider's state in PostgreSQL. `clients` finds the metadata of a client that may act; `logins`: how many a person may have. */
export function createAdapter(
  pool: Pool,
  clients: (id: string) => Promise<AdapterPayload | undefined>,
  logins: number,
): AdapterFactory {
  return (model): Adapter => {
    const hashed = HASHED.has(model);
    const key = (id: string) => (hashed ? hashOf(id) : id);
    return {
      async upsert(id, payload, seconds) {
        const { jti, ...rest } = payload;
        const kept = hashed || jti === undefined ? rest : { ...rest, jti };
        const { accountId } = payload;
        if (model === 'Session' && accountId !== undefined)
          await keepSession(pool, { id, accountId, payload: kept, seconds }, logins);
        else await upsertState(pool, model, key(id), kept, seconds);
      },
      async find(id) {
        if (model === 'Client') return await clients(id);
        return found(await stateById(pool, model, key(id)), hashed ? id : undefined);
      },
      findByUid: async (uid) => found(await stateByUid(pool, model, uid)),
      findByUserCode: async (code) => found(await stateByUserCode(pool, model, code)),
      async consume(id) {
        // Two at once with the same code or token: one of them is a thief.
        if (!(await consumeState(pool, model, key(id)))) throw new errors.InvalidGrant('already used');
      },
      destroy: (id) => deleteState(pool, model, key(id)),
      revokeByGrantId: (grantId) => deleteGrant(pool, grantId),
    };
  };
}
