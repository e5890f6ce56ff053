import type { Caller, Role } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { FastifyRequest } from 'fastify';

export type RouteAccess = readonly Role[] | 'open';

function bearer(header: string | undefined): string {
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) throw new HeduiError(header === undefined ? 'TOKEN_MISSING' : 'TOKEN_INVALID');
  return token;
}

/** Hook of every route: who calls, and may they? Throws TOKEN_MISSING, TOKEN_INVALID or FORBIDDEN. */
export async function authorise(request: FastifyRequest): Promise<void> {
  if (request.is404) return;
  const access: RouteAccess | undefined = request.routeOptions.config.access;
  if (access === 'open') return;
  const caller = await request.server.hedui.tokens.verify(bearer(request.headers.authorization));
  if (!access?.some((role) => caller.roles.includes(role))) throw new HeduiError('FORBIDDEN');
  request.caller = caller;
}

/** The caller of a route that is not open; its absence is a fault of this program. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new HeduiError('INTERNAL', { detail: 'a route without access has no caller' });
  return request.caller;
}
