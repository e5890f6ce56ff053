import { type AuditSigner, auditExport, auditPage, looksAt, makeReceipt } from '@hedui/audit';
import { decodeEvent, ROUTES, readReportChunk } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { defineRoute } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import { reachOf } from '../access/reach.js';
import { readChunkLeaves } from '../db/audit-chunks.js';
import type { Deps } from '../deps.js';
import { findParts } from '../reports/report.js';
import { CHUNK_REPORTED, reportStatement } from './chunk-entry.js';

/** The audit log of this service, receipts of reports, and who looked at a household. */
export function addAuditRoutes(app: FastifyInstance, { pool }: Pick<Deps, 'pool'>, signer: AuditSigner): void {
  defineRoute(app, ROUTES.listAudit, async ({ query, caller }) => ({ json: await auditPage(pool, query, caller) }));
  defineRoute(app, ROUTES.exportAudit, async ({ query, caller }) => auditExport(pool, signer, query, caller));

  defineRoute(app, ROUTES.getReportReceipt, async ({ params, caller }) => {
    const { reportNo } = params;
    const { at, parts } = await findParts(reportNo, reachOf(pool, caller, ROUTES.getReportReceipt));
    if (parts.event === null) throw new HeduiError('STATE_CONFLICT', { detail: 'the report is still being made' });
    const chunk = readReportChunk(decodeEvent(parts.event).payload);
    const household = chunk.households.find(({ index }) => index === at.place);
    const kept = await readChunkLeaves(pool, at.chunkId);
    const index = kept?.places.indexOf(at.place) ?? -1;
    if (!household || !kept || index === -1) throw new HeduiError('NOT_FOUND');
    const receipt = await makeReceipt(pool, signer, {
      reportNo,
      statement: reportStatement(reportNo, household.assessment),
      action: CHUNK_REPORTED,
      objectId: at.chunkId,
      leaves: kept.leaves,
      index,
    });
    if (receipt === null) throw new HeduiError('NOT_FOUND');
    return { json: receipt };
  });

  defineRoute(app, ROUTES.getReportLooks, async ({ params, query, caller }) => {
    const { parts } = await findParts(params.reportNo, reachOf(pool, caller, ROUTES.getReportLooks));
    const alsoIn = [parts.chunkId, ...(parts.batchId === null ? [] : [parts.batchId])];
    return { json: await looksAt(pool, params.reportNo, alsoIn, query.form ?? 'full') };
  });
}
