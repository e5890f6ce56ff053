import { parseDay, ROUTES, XLSX_TYPE } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { decodeCursor, defineRoute, encodeCursor } from '@hedui/http';
import { formatOf, rejectsCsv, template, titled } from '@hedui/tables';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findBatch, listBatches, type StoredBatch } from '../db/batches.js';
import type { Deps } from '../deps.js';
import { isBatchId } from '../identifiers.js';
import { BATCH_COLUMNS } from '../intake/columns.js';
import { receiveBatch } from '../intake/receive-batch.js';
import type { PolicyChooser } from '../policies/choose.js';
import { batchReports } from '../reports/stream.js';
import { batchOf } from './batch.js';
import { cancel } from './cancel.js';
import { batchEvents } from './events.js';
import { allRejects, rejectsPage } from './rejects.js';

const DEFAULT_LIMIT = 100;
const REJECTS_LIMIT = 1000;
const cursorSchema = z.int().positive().max(Number.MAX_SAFE_INTEGER);

function readCursor(text: string): number {
  const cursor = cursorSchema.safeParse(decodeCursor(text));
  if (!cursor.success) throw new HeduiError('CURSOR_INVALID');
  return cursor.data;
}

/** Submit, follow, read and cancel batches. */
export function addBatchRoutes(app: FastifyInstance, deps: Deps, choosePolicy: PolicyChooser): void {
  const { pool } = deps;

  async function known(id: string): Promise<StoredBatch> {
    const batch = isBatchId(id) ? await findBatch(pool, id) : null;
    if (batch === null) throw new HeduiError('NOT_FOUND');
    return batch;
  }

  defineRoute(app, ROUTES.createBatch, async (call) => {
    const asOf = parseDay(call.query.asOf ?? '');
    if (asOf === null) throw new HeduiError('AS_OF_INVALID');
    const { policy, ref } = await choosePolicy(pool, call.query.policy, asOf);
    const batch = await receiveBatch(deps, {
      asOf,
      policy,
      policyRef: ref,
      correlationId: call.correlationId,
      format: formatOf(call.contentType),
      body: call.body,
    });
    return { status: 202, json: batchOf(batch), headers: { location: `/v1/batches/${batch.id}` } };
  });

  defineRoute(app, ROUTES.getHouseholdTemplate, async ({ query }) => {
    const format = query.format ?? 'csv';
    return {
      stream: template(titled(BATCH_COLUMNS), { format }),
      contentType: format === 'xlsx' ? XLSX_TYPE : 'text/csv; charset=utf-8',
      headers: { 'content-disposition': `attachment; filename="households.${format}"` },
    };
  });

  defineRoute(app, ROUTES.listBatches, async ({ query }) => {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const found = await listBatches(pool, query.cursor === undefined ? null : readCursor(query.cursor), limit + 1);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { json: { items: items.map(batchOf), next: found.length > limit && last ? encodeCursor(last.seq) : null } };
  });

  defineRoute(app, ROUTES.getBatch, async ({ params }) => ({ json: batchOf(await known(params.id)) }));

  defineRoute(app, ROUTES.getBatchEvents, async ({ params, signal }) => ({
    stream: batchEvents(deps, await known(params.id), signal),
    contentType: 'text/event-stream',
  }));

  defineRoute(app, ROUTES.getBatchReports, async ({ params, signal }) => ({
    stream: batchReports(deps, await known(params.id), signal),
    contentType: 'application/x-ndjson; charset=utf-8',
  }));

  defineRoute(app, ROUTES.getBatchRejects, async ({ params, query, accepts }) => {
    const batch = await known(params.id);
    if (query.format === 'csv' || (query.format === undefined && accepts('text/csv'))) {
      return { stream: rejectsCsv(allRejects(deps, batch)), contentType: 'text/csv; charset=utf-8' };
    }
    return { json: await rejectsPage(deps, batch, query.cursor, query.limit ?? REJECTS_LIMIT) };
  });

  defineRoute(app, ROUTES.cancelBatch, async ({ params }) => ({ json: batchOf(await cancel(deps, params.id)) }));
}
