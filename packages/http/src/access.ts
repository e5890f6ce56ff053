import { answersFor, type Caller, type Reach, type Role, sourceOfLoad } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { FastifyRequest } from 'fastify';

export type RouteAccess = readonly Role[] | 'open';

/** The token of an Authorization header. Throws TOKEN_MISSING or TOKEN_INVALID. */
export function bearer(header: string | undefined): string {
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) throw new HeduiError(header === undefined ? 'TOKEN_MISSING' : 'TOKEN_INVALID');
  return token;
}

/** Hook of every route: who calls, and may they? Throws TOKEN_MISSING, TOKEN_INVALID, FORBIDDEN or NOT_FOUND. */
export async function authorise(request: FastifyRequest): Promise<void> {
  if (request.is404) return;
  const { access, reach }: { access?: RouteAccess; reach?: Reach } = request.routeOptions.config;
  if (access === 'open') return;
  const caller = await request.server.hedui.tokens.verify(bearer(request.headers.authorization));
  const as = access?.filter((role) => caller.roles.includes(role)) ?? [];
  if (as.length === 0) throw new HeduiError('FORBIDDEN');
  if (reach === 'source') checkSource(caller, request.params);
  // A system that acts for a department sees what is the department's; without one there is nothing that could be its own.
  const departmentOnly = as.every((role) => role === 'department');
  if (reach === 'households' && departmentOnly && caller.department === null) throw new HeduiError('FORBIDDEN');
  request.caller = caller;
}

/**
 * The source that the path names, or the id of a load. A load out of reach is one that does not exist: the same answer for both, before
 * anything is looked up.
 */
function checkSource(caller: Caller, params: unknown): void {
  const named: { source?: unknown; id?: unknown } = typeof params === 'object' && params !== null ? params : {};
  if (typeof named.source === 'string') {
    if (!answersFor(caller, named.source)) throw new HeduiError('FORBIDDEN');
    return;
  }
  const source = sourceOfLoad(String(named.id));
  if (source === null || !answersFor(caller, source)) throw new HeduiError('NOT_FOUND');
}

/** The caller of a route that is not open; its absence is a fault of this program. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new HeduiError('INTERNAL', { detail: 'a route without access has no caller' });
  return request.caller;
}
