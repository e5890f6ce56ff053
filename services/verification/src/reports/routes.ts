import { ROUTES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { EventLog } from '@hedui/event-log';
import { defineRoute } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.js';
import { reportNoOf } from '../identifiers.js';
import { explanationOf } from './explanation.js';
import { openRecorded } from './recorded.js';
import { askToday, replayOf } from './replay.js';
import { findReport } from './report.js';

const DEFAULT_WAIT_S = 5;
const LONGEST_WAIT_S = 60;

/** Read one report, 202 while it is being made, 404 when nobody will make it; explain it; compute it again. */
export function addReportRoutes(app: FastifyInstance, deps: Deps, log: Pick<EventLog, 'publish'>): void {
  defineRoute(app, ROUTES.getReport, async ({ params }) => {
    const found = await findReport(deps, params.reportNo);
    return 'report' in found ? { json: found.report } : pending(found.chunkId, found.place);
  });

  defineRoute(app, ROUTES.getReportExplanation, async ({ params }) => {
    const recorded = await openRecorded(deps, params.reportNo);
    return 'given' in recorded ? { json: explanationOf(recorded) } : pending(recorded.chunkId, recorded.place);
  });

  defineRoute(app, ROUTES.replayReport, async ({ params, query, wait, signal, correlationId }) => {
    const recorded = await openRecorded(deps, params.reportNo);
    if (!('given' in recorded)) throw new HeduiError('STATE_CONFLICT', { detail: 'the report is still being made' });
    const replay = replayOf(recorded);
    if (query.today === 'false') return { json: { ...replay, today: null, todayMissing: 'not_asked' } };
    const until = Date.now() + Math.min(wait ?? DEFAULT_WAIT_S, LONGEST_WAIT_S) * 1000;
    return { json: { ...replay, ...(await askToday(deps, log, recorded, { until, signal, correlationId })) } };
  });
}

/** 202: the report is not ready; where to look. */
export function pending(...household: Parameters<typeof reportNoOf>) {
  const reportNo = reportNoOf(...household);
  const location = `/v1/reports/${reportNo}`;
  return { status: 202, json: { reportNo, state: 'pending', location }, headers: { location } };
}
