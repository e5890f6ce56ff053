import { type Rights, ROUTES, type SystemClient } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { defineRoute } from '@hedui/http';
import { type Client, inTransaction, type Pool } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';
import { callerDoes, type Doer, recordChange, rightsDetails } from '../audit.js';
import {
  type Credentials,
  clientById,
  clientsAfter,
  insertClient,
  type StoredClient,
  setClientCredentials,
  setClientDisabled,
  setClientRights,
} from '../db/clients.js';
import { RESERVED_ID } from '../provider/built-in.js';
import { secretHash } from '../provider/client-metadata.js';
import { checkNotSelf, checkRights } from '../users/rights.js';
import { afterOf, pageOf } from '../users/routes.js';

const PAGE = 100;

/** What is kept of credentials: never the secret itself. Throws BODY_INVALID. */
export function credentialsOf(given: {
  secret?: string | undefined;
  jwks?: { keys: Record<string, unknown>[] } | undefined;
}): Credentials {
  if (given.secret !== undefined) return { secretHash: secretHash(given.secret) };
  if (given.jwks !== undefined) return { jwks: given.jwks };
  throw new HeduiError('BODY_INVALID');
}

function there(found: StoredClient | null): SystemClient {
  if (!found) throw new HeduiError('NOT_FOUND');
  return found.client;
}

/** A system is no administrator: rights are given by people. Throws BODY_INVALID. */
function checkSystemRights(rights: Rights): void {
  checkRights(rights);
  if (rights.roles.includes('administrator')) {
    const rule = '系统不得担任管理员 / a system is no administrator';
    throw new HeduiError('BODY_INVALID', {
      errors: [{ line: null, column: 'roles', code: 'VALUE_INVALID', rule }],
    });
  }
}

/** Adds the calls about systems that ask for tokens by themselves. */
export function addClients(app: FastifyInstance, pool: Pool): void {
  const change = (doer: Doer, action: string, work: (client: Client) => Promise<SystemClient>) =>
    inTransaction(pool, async (client) => {
      const system = await work(client);
      const details = { ...rightsDetails(system), method: system.method };
      await recordChange(client, doer, action, { kind: 'client', id: system.id }, details);
      return { json: system };
    });

  defineRoute(app, ROUTES.listClients, async ({ query }) => {
    const limit = query.limit ?? PAGE;
    const found = await clientsAfter(pool, afterOf(query.cursor), limit + 1);
    return { json: pageOf(found, limit, ({ id }) => id) };
  });
  defineRoute(app, ROUTES.getClient, async ({ params }) => ({ json: there(await clientById(pool, params.id)) }));
  defineRoute(app, ROUTES.createClient, async (call) => {
    checkSystemRights(call.body);
    const credentials = credentialsOf(call.body.credentials);
    if (RESERVED_ID.test(call.body.id)) throw new HeduiError('STATE_CONFLICT', { detail: 'the id is reserved' });
    const answer = await change(callerDoes(call), 'client.create', async (client) => {
      const made = await insertClient(client, { ...call.body, credentials });
      if (!made) throw new HeduiError('STATE_CONFLICT', { detail: 'the id is taken' });
      return made.client;
    });
    return { ...answer, status: 201 };
  });
  defineRoute(app, ROUTES.disableClient, (call) =>
    change(callerDoes(call), 'client.disable', async (client) =>
      there(await setClientDisabled(client, call.params.id, true)),
    ),
  );
  defineRoute(app, ROUTES.enableClient, (call) =>
    change(callerDoes(call), 'client.enable', async (client) =>
      there(await setClientDisabled(client, call.params.id, false)),
    ),
  );
  defineRoute(app, ROUTES.setClientRights, async (call) => {
    checkSystemRights(call.body);
    checkNotSelf(call.caller.subject, call.params.id);
    return await change(callerDoes(call), 'client.rights', async (client) =>
      there(await setClientRights(client, call.params.id, call.body)),
    );
  });
  defineRoute(app, ROUTES.setClientCredentials, (call) =>
    change(callerDoes(call), 'client.credentials', async (client) =>
      there(await setClientCredentials(client, call.params.id, credentialsOf(call.body))),
    ),
  );
}
