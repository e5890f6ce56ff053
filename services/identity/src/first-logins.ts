import { readFileSync, statSync } from 'node:fs';
import { newClientSchema, newUserSchema } from '@hedui/contracts';
import { newId } from '@hedui/http';
import { inTransaction, type Pool } from '@hedui/postgres';
import { z } from 'zod';
import { recordChange, rightsDetails, SERVICE_DOES } from './audit.js';
import { credentialsOf } from './clients/routes.js';
import { clientById, insertClient } from './db/clients.js';
import { insertUser, userByLogin } from './db/users.js';
import type { Guessable } from './passwords/guessable.js';
import { hashPassword, PERSON_COST, RANDOM_COST } from './passwords/hash.js';

/** `random`: the password was drawn by a program, so it need not be stretched nor changed. */
const firstLoginsSchema = z.object({
  users: z.array(newUserSchema.extend({ random: z.boolean().default(false) })).default([]),
  clients: z.array(newClientSchema).default([]),
});

/** A random password has at least this many characters. */
const RANDOM_LENGTH = 20;

/**
 * Makes the users and systems of a file that are not there yet: the first administrator of an installation, or the logins of a trial. Those
 * that are there stay as they are. Throws when others may read the file, or it is not of this form; never with what stands in it, but
 * with the login whose password is easily guessed.
 */
export async function makeFirstLogins(pool: Pool, guessable: Guessable, file: string): Promise<number> {
  if ((statSync(file).mode & 0o077) !== 0) throw new Error(`${file} can be read by others: chmod 600`);
  const parsed = firstLoginsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} is not a file of first logins: {"users", "clients"}`);
  let made = 0;
  for (const { random, password, ...user } of parsed.data.users) {
    if (await userByLogin(pool, user.login)) continue;
    const drawn = random && password.length >= RANDOM_LENGTH;
    if (!drawn && (await guessable(password, user.login)))
      throw new Error(`${file}: the password of ${user.login} is easily guessed`);
    const hash = await hashPassword(password, drawn ? RANDOM_COST : PERSON_COST);
    made += await inTransaction(pool, async (client) => {
      const id = `user-${newId()}`;
      if (!(await insertUser(client, { ...user, id, password: hash, mustChangePassword: !drawn }))) return 0;
      await recordChange(client, SERVICE_DOES, 'user.create', { kind: 'user', id }, rightsDetails(user));
      return 1;
    });
  }
  for (const system of parsed.data.clients) {
    if (await clientById(pool, system.id)) continue;
    made += await inTransaction(pool, async (client) => {
      const credentials = credentialsOf(system.credentials);
      if (!(await insertClient(client, { ...system, credentials }))) return 0;
      await recordChange(
        client,
        SERVICE_DOES,
        'client.create',
        { kind: 'client', id: system.id },
        rightsDetails(system),
      );
      return 1;
    });
  }
  return made;
}
