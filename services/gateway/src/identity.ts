import { withRawBody } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import type { Dispatcher } from 'undici';
import { passOn } from './pass-on.js';

/** Requests an address may make in a minute to log in and to fetch tokens and keys. */
export interface LoginLimit {
  max: number;
}

/**
 * Passes the pages and endpoints of the installation's own issuer on to it. They are open to everybody, because tokens begin
 * here; so they are limited by address, and the issuer itself holds back who guesses.
 */
export function addIdentity(app: FastifyInstance, origin: string, agent: Dispatcher, limit: LoginLimit): void {
  const config = { access: 'open' as const, rateLimit: { max: limit.max, timeWindow: 60_000 } };
  withRawBody(app, (scope) => {
    for (const url of ['/oidc/*', '/.well-known/openid-configuration']) {
      scope.route({
        method: ['GET', 'POST'],
        url,
        config,
        handler: (request, reply) => passOn(request, reply, origin, agent),
      });
    }
  });
}
