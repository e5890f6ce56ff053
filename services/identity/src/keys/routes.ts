import { ROUTES } from '@hedui/contracts';
import { defineRoute } from '@hedui/http';
import { inTransaction, type Pool } from '@hedui/postgres';
import type { FastifyInstance } from 'fastify';
import { callerDoes, recordChange } from '../audit.js';
import type { SigningKeys } from './signing-keys.js';

/** Adds the calls about signing keys. */
export function addSigningKeys(app: FastifyInstance, pool: Pool, keys: SigningKeys): void {
  defineRoute(app, ROUTES.listSigningKeys, async () => {
    await keys.refresh();
    return { json: { items: keys.listed() } };
  });
  defineRoute(app, ROUTES.rotateSigningKey, async (call) => {
    const compromised = call.query.compromised === 'true';
    await inTransaction(pool, async (client) => {
      const id = await keys.rotate(client, compromised);
      await recordChange(client, callerDoes(call), 'signing_key.rotate', { kind: 'signing_key', id }, { compromised });
    });
    await keys.refresh();
    return { status: 201, json: { items: keys.listed() } };
  });
}
