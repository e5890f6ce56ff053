import { actorOf, recordLook } from '@hedui/audit';
import { type Caller, liesWithin, ROUTES, type RouteContract, reachableBy } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { defineRoute } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import { findPaper, type StoredPaper } from '../db/authorisations.js';
import { endingsOf } from '../db/endings.js';
import type { Deps } from '../deps.js';
import { isAuthorisationId } from '../identifiers.js';
import { citizenAccount } from './account.js';
import { sign, withdraw } from './end.js';
import { readDocument, registerPaper } from './register.js';
import { showPaper } from './show.js';

/** Register, sign, withdraw and read authorisations; tell a citizen what was asked about him. */
export function addAuthorisationRoutes(app: FastifyInstance, deps: Deps): void {
  const { pool, ring, settings } = deps;

  async function shown(paper: StoredPaper) {
    return showPaper(ring, paper, await endingsOf(pool, [paper.personKey]), settings.today());
  }

  /** A paper within the caller's regions and purposes, and for a department one of its own; any other is not there. */
  async function known(id: string, caller: Caller, contract: Pick<RouteContract, 'method' | 'inspects'>) {
    const paper = isAuthorisationId(id) ? await findPaper(pool, id) : null;
    const { regions, purposes, department } = reachableBy(caller, contract);
    const within =
      paper !== null &&
      liesWithin(paper.region, regions) &&
      paper.purposes.some((purpose) => purposes.includes(purpose)) &&
      (department === null || department === paper.owner);
    if (!within) throw new HeduiError('NOT_FOUND');
    return paper;
  }

  defineRoute(app, ROUTES.registerAuthorisation, async ({ body, caller, correlationId }) => {
    const { paper, created } = await registerPaper(deps, body, { caller, correlationId });
    const headers = { location: `/v1/authorisations/${paper.id}` };
    return { status: created ? 201 : 200, json: await shown(paper), headers };
  });

  defineRoute(app, ROUTES.getAuthorisation, async ({ params, caller, correlationId }) => {
    const paper = await known(params.id, caller, ROUTES.getAuthorisation);
    const json = await shown(paper);
    const object = { kind: 'authorisation', id: paper.id };
    await recordLook(pool, {
      action: 'authorisation.read',
      actor: actorOf(caller),
      object,
      region: paper.region,
      correlationId,
    });
    return { json };
  });

  defineRoute(app, ROUTES.signAuthorisation, async ({ params, body, caller, correlationId }) => {
    const paper = await known(params.id, caller, ROUTES.signAuthorisation);
    return { json: await shown(await sign(deps, paper, body, { caller, correlationId })) };
  });

  defineRoute(app, ROUTES.withdrawAuthorisation, async ({ body, caller, correlationId }) => ({
    json: await withdraw(deps, body, { caller, correlationId }),
  }));

  defineRoute(app, ROUTES.readCitizenAccount, async ({ body, caller, correlationId }) => {
    const reachable = reachableBy(caller, ROUTES.readCitizenAccount);
    const json = await citizenAccount(deps, readDocument(body), reachable, { caller, correlationId });
    return { json, headers: { 'cache-control': 'no-store' } };
  });
}
