import { ROUTES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { EventLog } from '@hedui/event-log';
import { defineRoute } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import { reachOf } from '../access/reach.js';
import { refuseEndedLook } from '../authorisations/may-look.js';
import type { Deps } from '../deps.js';
import { readUnmasked } from '../unmasking/read.js';
import { explanationOf } from './explanation.js';
import { pending } from './pending.js';
import { openRecorded } from './recorded.js';
import { askToday, replayOf } from './replay.js';
import { findReport, namedAt } from './report.js';

const DEFAULT_WAIT_S = 5;
const LONGEST_WAIT_S = 60;

/** Read one report, 202 while it is being made, 404 when nobody will make it; explain it; compute it again. */
export function addReportRoutes(app: FastifyInstance, deps: Deps, log: Pick<EventLog, 'publish'>): void {
  const { pool } = deps;

  defineRoute(app, ROUTES.getReport, async ({ params, query, caller, correlationId }) => {
    const reach = reachOf(pool, caller, ROUTES.getReport);
    if (query.unmasked === 'true') return await readUnmasked(deps, params.reportNo, reach, { caller, correlationId });
    const found = await findReport(deps, params.reportNo, reach);
    return 'report' in found ? { json: found.report } : pending(found.chunkId, found.place);
  });

  defineRoute(app, ROUTES.getReportExplanation, async ({ params, caller }) => {
    const reach = reachOf(pool, caller, ROUTES.getReportExplanation);
    const recorded = await openRecorded(deps, params.reportNo, reach);
    return 'given' in recorded ? { json: explanationOf(recorded) } : pending(recorded.chunkId, recorded.place);
  });

  defineRoute(app, ROUTES.replayReport, async ({ params, query, wait, signal, correlationId, caller }) => {
    const recorded = await openRecorded(deps, params.reportNo, reachOf(pool, caller, ROUTES.replayReport));
    if (!('given' in recorded)) throw new HeduiError('STATE_CONFLICT', { detail: 'the report is still being made' });
    const replay = replayOf(recorded);
    if (query.today === 'false') return { json: { ...replay, today: null, todayMissing: 'not_asked' } };
    await refuseEndedLook(pool, deps.pseudonyms, namedAt(recorded.chunk, recorded.place), recorded.reported.programme);
    const until = Date.now() + Math.min(wait ?? DEFAULT_WAIT_S, LONGEST_WAIT_S) * 1000;
    return { json: { ...replay, ...(await askToday(deps, log, recorded, { until, signal, correlationId })) } };
  });
}
