import { actorOf } from '@hedui/audit';
import { ROUTES } from '@hedui/contracts';
import { defineRoute } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import { reachOf } from '../access/reach.js';
import type { Deps } from '../deps.js';
import { approveErasure, askErasure, erasureOf } from './ask.js';
import { runRetention } from './retention.js';

/** Ask that a household be erased, agree to it; erase what was kept long enough. */
export function addErasureRoutes(app: FastifyInstance, deps: Deps): void {
  const { pool, settings } = deps;

  defineRoute(app, ROUTES.askErasure, async ({ params, body, caller, correlationId }) => {
    const reach = reachOf(pool, caller, ROUTES.askErasure);
    const asked = await askErasure(deps, params.reportNo, body, { caller, reach, correlationId });
    return { status: asked.erasedAt === null ? 202 : 201, json: erasureOf(asked) };
  });

  defineRoute(app, ROUTES.agreeErasure, async ({ params, caller, correlationId }) => {
    const reach = reachOf(pool, caller, ROUTES.agreeErasure);
    return { json: erasureOf(await approveErasure(deps, params.id, { caller, reach, correlationId })) };
  });

  defineRoute(app, ROUTES.runRetention, async ({ query, caller, correlationId }) => ({
    json: await runRetention(pool, {
      months: settings.retentionMonths,
      dryRun: query.dryRun !== 'false',
      actor: actorOf(caller),
      correlationId,
    }),
  }));
}
