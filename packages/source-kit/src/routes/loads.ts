import { entryOfCall, recordAudit } from '@hedui/audit';
import { type Load, type LoadId, type RejectedRow, ROUTES, XLSX_TYPE } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type Answer, decodeCursor, defineRoute, encodeCursor } from '@hedui/http';
import { inTransaction, type Pool, storageError } from '@hedui/postgres';
import { formatOf, rejectsCsv, template, titled } from '@hedui/tables';
import type { FastifyInstance } from 'fastify';
import { confirmLoad, findLoad, type LoadRow } from '../db/loads.js';
import { readRejects } from '../db/rejects.js';
import { readStatus } from '../db/status.js';
import type { RecordTypeDefinition, SourceDefinition } from '../definition.js';
import type { SourceEngine } from '../engine.js';
import { readLoadRequest } from '../intake/request.js';
import { loadAnswer, statusAnswer } from './answers.js';

/** How long the answer to a file may wait for the load to take effect; it never depends on it. */
const KIND_WAIT_MS = 2_000;
const DEFAULT_PAGE = 1000;
const CSV_PAGE = 2_000;

/** The calls of the REST API that a source answers. */
export function addLoadRoutes(app: FastifyInstance, definition: SourceDefinition, engine: SourceEngine): void {
  const { pool } = engine;

  async function mustFind(id: string): Promise<LoadRow> {
    const load = await findLoad(pool, id).catch(rethrowStorage);
    if (!load) throw new HeduiError('NOT_FOUND');
    return load;
  }
  const readable = (row: RejectedRow): RejectedRow => ({
    ...row,
    ref: row.ref === null ? null : engine.ids.open(row.ref),
  });
  const show = async (id: string): Promise<Load> => loadAnswer(definition.source, await mustFind(id));

  const typeOf = (source: string, recordType: string): RecordTypeDefinition => {
    const type = definition.recordTypes.find((t) => t.type === recordType);
    if (!type || source !== definition.source) throw new HeduiError('SOURCE_UNKNOWN');
    return type;
  };

  defineRoute(app, ROUTES.createLoad, async (call): Promise<Answer> => {
    const type = typeOf(call.params.source, call.params.recordType);
    const answer = async (id: string) => ({
      status: 202,
      json: await show(id),
      headers: { location: `/v1/loads/${id}` },
    });
    if (call.made !== null) return answer(call.made);
    const id = await engine.receive({
      type,
      request: readLoadRequest(call.query),
      format: formatOf(call.contentType),
      body: call.body,
      correlationId: call.correlationId,
      async note(client, id) {
        await call.note(client, id);
        await recordAudit(client, entryOfCall(ROUTES.createLoad, { ...call, status: 202, json: { id } }));
      },
    });
    await engine.settled(id, KIND_WAIT_MS);
    return answer(id);
  });

  defineRoute(app, ROUTES.confirmLoad, async (call): Promise<Answer> => {
    const { id, confirmed } = await mustFind(call.params.id);
    // Confirming twice is no mistake; confirming what never waited is.
    if (!confirmed) {
      await inTransaction(pool, async (client) => {
        if (!(await confirmLoad(client, id))) throw new HeduiError('STATE_CONFLICT');
        await recordAudit(client, entryOfCall(ROUTES.confirmLoad, { ...call, query: {}, status: 202, json: null }));
      }).catch(rethrowStorage);
      engine.wake();
      await engine.settled(id as LoadId, KIND_WAIT_MS);
    }
    return { status: 202, json: await show(id) };
  });

  defineRoute(app, ROUTES.getSourceTemplate, async ({ params, query }): Promise<Answer> => {
    const { type, columns } = typeOf(params.source, params.recordType);
    const format = query.format ?? 'csv';
    return {
      stream: template(titled(columns), { format }),
      contentType: format === 'xlsx' ? XLSX_TYPE : 'text/csv; charset=utf-8',
      headers: { 'content-disposition': `attachment; filename="${definition.source}-${type}.${format}"` },
    };
  });

  defineRoute(app, ROUTES.getLoad, async (call): Promise<Answer> => ({ json: await show(call.params.id) }));

  defineRoute(app, ROUTES.getLoadRejects, async (call): Promise<Answer> => {
    const load = await mustFind(call.params.id);
    if (call.query.format === 'csv' || (call.query.format === undefined && call.accepts('text/csv'))) {
      return { stream: rejectsCsv(allRejects(pool, load.no, readable)), contentType: 'text/csv; charset=utf-8' };
    }
    const after = cursorNumber(call.query.cursor);
    const page = await readRejects(pool, load.no, after, call.query.limit ?? DEFAULT_PAGE).catch(rethrowStorage);
    return { json: { items: page.items.map(readable), next: page.last === null ? null : encodeCursor(page.last) } };
  });

  defineRoute(app, ROUTES.listSources, async (): Promise<Answer> => {
    const types = await readStatus(pool).catch(rethrowStorage);
    return { json: { items: [statusAnswer(definition, types)] } };
  });
}

async function* allRejects(
  pool: Pool,
  no: number,
  readable: (row: RejectedRow) => RejectedRow,
): AsyncGenerator<RejectedRow> {
  let after: number | null = -1;
  while (after !== null) {
    const page: Awaited<ReturnType<typeof readRejects>> = await readRejects(pool, no, after, CSV_PAGE);
    yield* page.items.map(readable);
    after = page.last;
  }
}

function cursorNumber(cursor: string | undefined): number {
  if (cursor === undefined) return -1;
  const value = decodeCursor(cursor);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new HeduiError('CURSOR_INVALID');
  return value;
}

function rethrowStorage(error: unknown): never {
  throw storageError(error);
}
