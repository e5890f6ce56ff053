/**
 * The way of a file into the source:
 *
 *   receiving ──body complete──▶ received ──(apply/)──▶ stored ──(relay/)──▶ applied
 *       │                           └──▶ refused
 *       └──body broke off──▶ gone, nothing changed
 *
 * While a body comes in, its rows go to staging tables of their own, in transactions of some thousand. The load gets its
 * place in the order when the body is complete.
 */
import { randomUUID } from 'node:crypto';
import { type CorrelationId, type LoadId, regionPrefix } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { Client, Pool } from '@hedui/postgres';
import { allowLonger, inTransaction, storageError } from '@hedui/postgres';
import { openTable, type TableFormat } from '@hedui/tables';
import { readKnownBlocks } from '../db/known-blocks.js';
import { beginLoad, deleteUnfinishedLoad, finishReceiving, lastAsOf, touchLoad } from '../db/loads.js';
import {
  analyseStaging,
  createStaging,
  dropStaging,
  keepsNoNames,
  setAside,
  supersedeEarlierRows,
} from '../db/staging.js';
import type { RecordTypeDefinition } from '../definition.js';
import { loadBlocks } from './block-memory.js';
import type { LoadRequest } from './request.js';
import { BATCH_ROWS, type IntakeParts, stageTable } from './stage.js';

export interface IncomingFile {
  source: string;
  type: RecordTypeDefinition;
  typeId: number;
  request: LoadRequest;
  format: TableFormat;
  /** Ends in an error when the caller breaks off. */
  body: AsyncIterable<Uint8Array>;
  correlationId: CorrelationId;
  /**
   * Called as the last of the transaction that gives the load its place: notes it, so that a repeat of the call finds it however this one ends,
   * and records who brought it.
   */
  note?(client: Client, id: LoadId): Promise<void>;
}

const KEEP_ALIVE_MS = 10_000;

/**
 * Takes a file in and returns its load's id. Memory does not grow with the file. Throws AS_OF_BACKWARDS, FILE_EMPTY,
 * HEADER_UNUSABLE, ENCODING_INVALID, BODY_BROKEN_OFF or STORAGE_UNAVAILABLE; nothing has changed then.
 */
export async function receiveLoad(parts: IntakeParts, file: IncomingFile): Promise<LoadId> {
  const { request } = file;
  if (!request.allowOlder) {
    const last = await lastAsOf(parts.pool, file.typeId, request.scope).catch((error: unknown) => {
      throw storageError(error);
    });
    if (last !== null && request.asOf < last) throw new HeduiError('AS_OF_BACKWARDS');
  }
  const body = watched(file.body);
  const table = await openTable(body.chunks, {
    format: file.format,
    columns: file.type.columns,
    limits: { batchRows: BATCH_ROWS },
  }).catch((error: unknown) => {
    throw body.brokenOff() ?? error;
  });
  const id = `${file.source}-${randomUUID()}` as LoadId;
  const scopePrefix = regionPrefix(request.scope);
  const { no, allNew, known } = await inTransaction(parts.pool, async (client) => {
    const number = await beginLoad(client, {
      ...request,
      id,
      typeId: file.typeId,
      scopePrefix,
      correlationId: file.correlationId,
    });
    await createStaging(client, number);
    // A delta is small, and says nothing of what it does not hold: only full loads remember blocks.
    const blocks = request.mode === 'full' ? await readKnownBlocks(client, number, file.typeId, scopePrefix) : null;
    return { no: number, allNew: await keepsNoNames(client), known: blocks };
  }).catch(async (error: unknown) => {
    await table.close();
    throw error;
  });
  // While a slow caller sends nothing, and while a large file is finished, the load must not look abandoned.
  const alive = setInterval(() => {
    // A beat that the database does not take is followed by the next; what is given up meanwhile is noticed by the next batch.
    touchLoad(parts.pool, no).catch(() => undefined);
  }, KEEP_ALIVE_MS);
  try {
    const blocks = known && loadBlocks(parts.digestKey, file.type, scopePrefix, known);
    const { inOrder, ...counts } = await stageTable(
      parts,
      file.type,
      { no, allNew, blocks },
      table.rowsOfBlocks(blocks),
    );
    await inTransaction(parts.pool, async (client) => {
      await allowLonger(client, 1800);
      // Ids that only grow, as in nearly every file, are each there once.
      if (!inOrder) await analyseStaging(client, no);
      const superseded = inOrder ? 0 : await supersedeEarlierRows(client, no);
      if (counts.recognised > 0) await setAside(client, no);
      await finishReceiving(client, no, file.typeId, { ...counts, superseded, warnings: table.warnings });
      await file.note?.(client, id);
    });
    return id;
  } catch (error) {
    // When this fails too the load stays unfinished and is swept up later; it is never seen.
    await discardLoad(parts.pool, no).catch(() => {});
    throw body.brokenOff() ?? storageError(error);
  } finally {
    clearInterval(alive);
  }
}

/**
 * Removes everything of a load whose body did not come to its end; returns whether there was such a load. Nothing of one that has its
 * place in the order is touched: a commit whose answer was lost may have succeeded.
 */
export async function discardLoad(pool: Pool, no: number): Promise<boolean> {
  return await inTransaction(pool, async (client) => {
    if (!(await deleteUnfinishedLoad(client, no))) return false;
    await dropStaging(client, no);
    return true;
  });
}

/** Tells a body that broke off from a fault of ours while reading it. */
function watched(body: AsyncIterable<Uint8Array>) {
  let broken: unknown;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      broken = error;
      throw error;
    }
  }
  return {
    chunks: chunks(),
    brokenOff(): HeduiError | null {
      if (broken === undefined) return null;
      return broken instanceof HeduiError
        ? broken
        : new HeduiError('BODY_BROKEN_OFF', { retriable: true, cause: broken });
    },
  };
}
