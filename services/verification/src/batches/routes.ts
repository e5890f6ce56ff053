import { entryOfCall, recordAudit } from '@hedui/audit';
import { parseDay, ROUTES, reachableBy, XLSX_TYPE } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { decodeCursor, defineRoute, encodeCursor } from '@hedui/http';
import { formatOf, rejectsCsv, template, titled } from '@hedui/tables';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { batchInReach, batchIsReachable, type CallerReach, reachOf } from '../access/reach.js';
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

  async function known(id: string, { reachable, read }: CallerReach): Promise<StoredBatch> {
    if (!isBatchId(id)) throw new HeduiError('NOT_FOUND');
    return batchInReach(await read((db) => findBatch(db, id)), reachable);
  }

  defineRoute(app, ROUTES.createBatch, async (call) => {
    const reach = reachableBy(call.caller, ROUTES.createBatch);
    if (reach.regions.length === 0 || reach.purposes.length === 0) throw new HeduiError('FORBIDDEN');
    const answer = (batch: StoredBatch) => ({
      status: 202,
      json: batchOf(batch),
      headers: { location: `/v1/batches/${batch.id}` },
    });
    if (call.made !== null) return answer(await known(call.made, reachOf(pool, call.caller, ROUTES.createBatch)));
    const asOf = parseDay(call.query.asOf ?? '');
    if (asOf === null) throw new HeduiError('AS_OF_INVALID');
    const { policy, ref } = await choosePolicy(pool, call.query.policy, asOf);
    const batch = await receiveBatch(deps, {
      asOf,
      policy,
      policyRef: ref,
      correlationId: call.correlationId,
      reach,
      format: formatOf(call.contentType),
      body: call.body,
      async note(client, id) {
        await call.note(client, id);
        await recordAudit(client, entryOfCall(ROUTES.createBatch, { ...call, params: {}, status: 202, json: { id } }));
      },
    });
    return answer(batch);
  });

  defineRoute(app, ROUTES.getHouseholdTemplate, async ({ query }) => {
    const format = query.format ?? 'csv';
    return {
      stream: template(titled(BATCH_COLUMNS), { format }),
      contentType: format === 'xlsx' ? XLSX_TYPE : 'text/csv; charset=utf-8',
      headers: { 'content-disposition': `attachment; filename="households.${format}"` },
    };
  });

  defineRoute(app, ROUTES.listBatches, async ({ query, caller }) => {
    const { reachable, read } = reachOf(pool, caller, ROUTES.listBatches);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const before = query.cursor === undefined ? null : readCursor(query.cursor);
    const found = await read((db) => listBatches(db, before, limit + 1));
    const page = found.slice(0, limit);
    const items = page.filter((batch) => batchIsReachable(batch, reachable));
    const last = page.at(-1);
    return { json: { items: items.map(batchOf), next: found.length > limit && last ? encodeCursor(last.seq) : null } };
  });

  defineRoute(app, ROUTES.getBatch, async ({ params, caller }) => ({
    json: batchOf(await known(params.id, reachOf(pool, caller, ROUTES.getBatch))),
  }));

  defineRoute(app, ROUTES.getBatchEvents, async ({ params, signal, caller }) => {
    const reach = reachOf(pool, caller, ROUTES.getBatchEvents);
    return {
      stream: batchEvents(deps, await known(params.id, reach), reach, signal),
      contentType: 'text/event-stream',
    };
  });

  defineRoute(app, ROUTES.getBatchReports, async ({ params, signal, caller }) => {
    const reach = reachOf(pool, caller, ROUTES.getBatchReports);
    const batch = await known(params.id, reach);
    if (batch.dataKey === null) throw new HeduiError('REPORT_ERASED');
    return {
      stream: batchReports(deps, batch, reach, signal),
      contentType: 'application/x-ndjson; charset=utf-8',
      // Households that would stand here had their authorisation not ended.
      headers: { 'hedui-withdrawn': String(batch.counts.withdrawn) },
    };
  });

  defineRoute(app, ROUTES.getBatchRejects, async ({ params, query, accepts, caller }) => {
    const reach = reachOf(pool, caller, ROUTES.getBatchRejects);
    const batch = await known(params.id, reach);
    // A rejected row says nothing of its purpose: the list is for those who have all of the batch's.
    if (!batch.purposes.every((purpose) => reach.reachable.purposes.includes(purpose))) {
      throw new HeduiError('FORBIDDEN', { detail: 'the batch serves purposes that the token does not have' });
    }
    if (query.format === 'csv' || (query.format === undefined && accepts('text/csv'))) {
      return { stream: rejectsCsv(allRejects(deps, reach, batch)), contentType: 'text/csv; charset=utf-8' };
    }
    return { json: await rejectsPage(deps, reach, batch, query.cursor, query.limit ?? REJECTS_LIMIT) };
  });

  defineRoute(app, ROUTES.cancelBatch, async ({ params, caller, correlationId }) => {
    const batch = await known(params.id, reachOf(pool, caller, ROUTES.cancelBatch));
    return { json: batchOf(await cancel(deps, batch.id, { caller, correlationId })) };
  });
}
