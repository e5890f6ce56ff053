import { ROUTES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { defineRoute } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import { findReportParts } from '../db/reports.js';
import type { Deps } from '../deps.js';
import { readReportNo, reportNoOf } from '../identifiers.js';
import { openChunk, reportAt } from './report.js';

/** Read one report: 202 while it is being made, 404 when nobody will make it. */
export function addReportRoutes(app: FastifyInstance, { pool, ring }: Deps): void {
  defineRoute(app, ROUTES.getReport, async ({ params }) => {
    const at = readReportNo(params.reportNo);
    const parts = at && (await findReportParts(pool, at.chunkId, at.place));
    if (!at || !parts || parts.state === 'dropped') throw new HeduiError('NOT_FOUND');
    const chunk = openChunk(parts, ring);
    if (chunk === null) return pending(parts.chunkId, at.place);
    const report = reportAt(chunk, at.place);
    if (report === null) throw new HeduiError('NOT_FOUND');
    return { json: report };
  });
}

/** 202: the report is not ready; where to look. */
export function pending(...household: Parameters<typeof reportNoOf>) {
  const reportNo = reportNoOf(...household);
  const location = `/v1/reports/${reportNo}`;
  return { status: 202, json: { reportNo, state: 'pending', location }, headers: { location } };
}
