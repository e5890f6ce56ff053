import { isReachable, ROUTES } from '@hedui/contracts';
import { defineRoute } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import { reachOf } from '../access/reach.js';
import { recentUnmaskings } from '../db/unmaskings.js';
import type { Deps } from '../deps.js';
import { approveUnmasking, askUnmasking, unmaskingOf } from './ask.js';

/** The list shows what was asked for within so many days. */
const LISTED_DAYS = 30;

/** Ask to see who stands behind a report, grant it to somebody else, list what was asked for. */
export function addUnmaskingRoutes(app: FastifyInstance, deps: Deps): void {
  const { pool } = deps;

  defineRoute(app, ROUTES.askUnmasking, async ({ params, body, caller, correlationId }) => {
    const reach = reachOf(pool, caller, ROUTES.askUnmasking);
    const asked = await askUnmasking(deps, params.reportNo, body, { caller, reach, correlationId });
    return { status: asked.grantedBy === null ? 202 : 201, json: unmaskingOf(asked) };
  });

  defineRoute(app, ROUTES.grantUnmasking, async ({ params, caller, correlationId }) => {
    const reach = reachOf(pool, caller, ROUTES.grantUnmasking);
    return { json: unmaskingOf(await approveUnmasking(deps, params.id, { caller, reach, correlationId })) };
  });

  defineRoute(app, ROUTES.listUnmaskings, async ({ caller }) => {
    const { reachable, read } = reachOf(pool, caller, ROUTES.listUnmaskings);
    const found = await read((db) => recentUnmaskings(db, LISTED_DAYS));
    return { json: { items: found.filter((one) => isReachable(one, reachable)).map((one) => unmaskingOf(one)) } };
  });
}
