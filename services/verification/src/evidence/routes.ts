import { ROUTES } from '@hedui/contracts';
import { defineRoute } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { reachOf } from '../access/reach.js';
import type { Deps } from '../deps.js';
import { readEvidence } from './read-evidence.js';
import type { SourceRecords } from './source-records.js';

/** The caller's token goes on to the source; the documents show it as every call's. */
const contract = { ...ROUTES.getFindingEvidence, headers: z.object({ authorization: z.string() }) };

export function addEvidenceRoutes(app: FastifyInstance, deps: Deps, records: SourceRecords): void {
  defineRoute(app, contract, async ({ params, query, headers, caller, correlationId }) => ({
    json: await readEvidence(deps, records, {
      ...params,
      unmasked: query.unmasked === 'true',
      caller,
      authorization: headers.authorization,
      reach: reachOf(deps.pool, caller, contract),
      correlationId,
    }),
  }));
}
