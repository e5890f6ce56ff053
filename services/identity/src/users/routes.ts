import { ROUTES, type User } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { decodeCursor, defineRoute, encodeCursor, newId } from '@hedui/http';
import { type Client, inTransaction, type Pool } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';
import { callerDoes, type Doer, recordChange, rightsDetails } from '../audit.js';
import { forgetAttempts } from '../db/attempts.js';
import { deleteStatesOfAccount } from '../db/states.js';
import {
  insertUser,
  type StoredUser,
  setUserDisabled,
  setUserPassword,
  setUserRights,
  userById,
  usersAfter,
} from '../db/users.js';
import { type Gate, GateFull } from '../passwords/gate.js';
import type { Guessable } from '../passwords/guessable.js';
import { hashPassword } from '../passwords/hash.js';
import { attemptKey } from '../passwords/lock-out.js';
import { checkNotSelf, checkRights } from './rights.js';

const PAGE = 100;

/** The place after which the next page begins. Throws CURSOR_INVALID. */
export function afterOf(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const after = decodeCursor(cursor);
  if (typeof after !== 'string') throw new HeduiError('CURSOR_INVALID');
  return after;
}

/** A page of at most `limit` of `found`, which holds one more when there is one. */
export function pageOf<T>(found: T[], limit: number, nameOf: (item: T) => string): { items: T[]; next: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? encodeCursor(nameOf(last)) : null };
}

function there(found: StoredUser | null): User {
  if (!found) throw new HeduiError('NOT_FOUND');
  return found.user;
}

/** Adds the calls about users. Every change is recorded in its own transaction, and ends what the user's old rights gave. */
export function addUsers(
  app: FastifyInstance,
  { pool, gate, guessable }: { pool: Pool; gate: Gate; guessable: Guessable },
): void {
  /** The hash of a password that an administrator chose. Throws PASSWORD_GUESSABLE; UPSTREAM_UNAVAILABLE while too many log in. */
  const hashed = (password: string, login: string): Promise<string> =>
    gate
      .run(async () => {
        if (await guessable(password, login)) throw new HeduiError('PASSWORD_GUESSABLE');
        return await hashPassword(password);
      })
      .catch((error: unknown) => {
        if (!(error instanceof GateFull)) throw error;
        throw new HeduiError('UPSTREAM_UNAVAILABLE', { detail: 'too many passwords are waiting', retriable: true });
      });

  const change = (doer: Doer, action: string, work: (client: Client) => Promise<User>) =>
    inTransaction(pool, async (client) => {
      const user = await work(client);
      await recordChange(client, doer, action, { kind: 'user', id: user.id }, rightsDetails(user));
      return { json: user };
    });

  defineRoute(app, ROUTES.listUsers, async ({ query }) => {
    const limit = query.limit ?? PAGE;
    const found = await usersAfter(pool, afterOf(query.cursor), limit + 1);
    return { json: pageOf(found, limit, ({ login }) => login) };
  });
  defineRoute(app, ROUTES.getUser, async ({ params }) => ({ json: there(await userById(pool, params.id)) }));
  defineRoute(app, ROUTES.createUser, async (call) => {
    const { password, ...user } = call.body;
    checkRights(user);
    const hash = await hashed(password, user.login);
    const answer = await change(callerDoes(call), 'user.create', async (client) => {
      const made = await insertUser(client, {
        ...user,
        id: `user-${newId()}`,
        password: hash,
        mustChangePassword: true,
      });
      if (!made) throw new HeduiError('STATE_CONFLICT', { detail: 'the login is taken' });
      return made.user;
    });
    return { ...answer, status: 201 };
  });
  defineRoute(app, ROUTES.disableUser, (call) =>
    change(callerDoes(call), 'user.disable', async (client) => {
      checkNotSelf(call.caller.subject, call.params.id);
      const user = there(await setUserDisabled(client, call.params.id, true));
      await deleteStatesOfAccount(client, user.id);
      return user;
    }),
  );
  defineRoute(app, ROUTES.enableUser, (call) =>
    change(callerDoes(call), 'user.enable', async (client) => {
      const user = there(await setUserDisabled(client, call.params.id, false));
      await forgetAttempts(client, 'account', attemptKey(user.login));
      return user;
    }),
  );
  defineRoute(app, ROUTES.setUserRights, (call) => {
    checkRights(call.body);
    checkNotSelf(call.caller.subject, call.params.id);
    return change(callerDoes(call), 'user.rights', async (client) =>
      there(await setUserRights(client, call.params.id, call.body)),
    );
  });
  defineRoute(app, ROUTES.resetUserPassword, async (call) => {
    const hash = await hashed(call.body.password, there(await userById(pool, call.params.id)).login);
    return await change(callerDoes(call), 'user.password', async (client) => {
      const user = there(await setUserPassword(client, call.params.id, hash, true));
      await deleteStatesOfAccount(client, user.id);
      await forgetAttempts(client, 'account', attemptKey(user.login));
      return user;
    });
  });
}
