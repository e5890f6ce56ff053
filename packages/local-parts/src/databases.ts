import { randomBytes } from 'node:crypto';

import pg from 'pg';
import type { Postgres } from './postgres.js';

async function asAdmin(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Whether the server's user may make other users. */
async function mayMakeUsers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query('select rolsuper from pg_roles where rolname = current_user');
    return rows[0]?.rolsuper === true;
  } finally {
    await client.end();
  }
}

/**
 * Makes a user for a database who owns it and may enter no other one: a service of the blind zone cannot read the names
 * even with the means of another service's process. The password is new at each start.
 */
async function ownUser(postgres: Postgres, database: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  const user = pg.escapeIdentifier(database);
  const reader = pg.escapeIdentifier(`${database}_reader`);
  await asAdmin(postgres.adminUrl, [
    `do $$ begin create role ${user} login; exception when duplicate_object or unique_violation then null; end $$`,
    `alter role ${user} login nosuperuser nocreatedb nocreaterole nobypassrls noreplication password ${pg.escapeLiteral(password)}`,
    `alter database ${user} owner to ${user}`,
    `revoke all on database ${user} from public`,
    // Whom the service reads as on behalf of a caller: it owns nothing, and the service itself may make no roles.
    `do $$ begin create role ${reader} nologin nosuperuser nocreatedb nocreaterole nobypassrls noinherit; exception when duplicate_object or unique_violation then null; end $$`,
    `grant ${reader} to ${user}`,
  ]);
  const url = new URL(postgres.url(database));
  url.username = database;
  url.password = password;
  return url.toString();
}

/**
 * Makes the databases that are missing; the address of each for its one service. On a server that was given, whose user may
 * not make users, all services share that user.
 */
export async function bringDatabases(postgres: Postgres, names: readonly string[]): Promise<Record<string, string>> {
  const separate = await mayMakeUsers(postgres.adminUrl);
  const entries: [string, string][] = [];
  for (const name of names) {
    const url = await postgres.createDatabase(name);
    entries.push([name, separate ? await ownUser(postgres, name) : url]);
  }
  return Object.fromEntries(entries);
}

/** Removes the databases of an installation from a server that was given. */
export async function dropDatabases(postgres: Postgres, names: readonly string[]): Promise<void> {
  await asAdmin(
    postgres.adminUrl,
    names.map((name) => `drop database if exists ${pg.escapeIdentifier(name)} with (force)`),
  );
}
