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
import type { Pseudonyms, Sealer } from '@hedui/privacy';
import { openTable, type RawRow, type TableFormat } from '@hedui/tables';
import { beginLoad, deleteUnfinishedLoad, finishReceiving, lastAsOf, touchLoad } from '../db/loads.js';
import { addRejects, rejectEncoder } from '../db/rejects.js';
import {
  addEvidence,
  createStaging,
  dropStaging,
  keepsNoNames,
  stagedEncoder,
  stageNames,
  stageRows,
  supersedeEarlierRows,
  unknownNames,
} from '../db/staging.js';
import type { RecordTypeDefinition } from '../definition.js';
import { chunkNumber, gatherEvidence, sealEvidence, sealName } from './evidence.js';
import { judgeRows } from './judge.js';
import { type PreparedRow, prepareRows, type Who } from './pseudonymise.js';
import type { RecordIds } from './record-ids.js';
import type { LoadRequest } from './request.js';

export interface IntakeParts {
  pool: Pool;
  sealer: Sealer;
  pseudonyms: Pseudonyms;
  digestKey: Buffer;
  ids: RecordIds;
}

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

const BATCH_ROWS = 2000;
const KEEP_ALIVE_MS = 10_000;
/** Known names are remembered within a load, up to so many. */
const KEPT_NAMES = 200_000;

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
  const { no, allNew } = await inTransaction(parts.pool, async (client) => {
    const number = await beginLoad(client, {
      ...request,
      id,
      typeId: file.typeId,
      scopePrefix: regionPrefix(request.scope),
      correlationId: file.correlationId,
    });
    await createStaging(client, number);
    return { no: number, allNew: await keepsNoNames(client) };
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
    const { inOrder, ...counts } = await stageTable(parts, file.type, { no, allNew }, table.rows());
    await inTransaction(parts.pool, async (client) => {
      await allowLonger(client, 1800);
      // Ids that only grow, as in nearly every file, are each there once.
      const superseded = inOrder ? 0 : await supersedeEarlierRows(client, no);
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

/** While the database writes one batch, the next one is judged: at most two are in memory. */
async function stageTable(
  parts: IntakeParts,
  type: RecordTypeDefinition,
  { no, allNew }: Pick<StagedBatch, 'no' | 'allNew'>,
  batches: AsyncIterable<RawRow[]>,
): Promise<{ read: number; rejected: number; inOrder: boolean }> {
  const prepare = prepareRows(type, parts.pseudonyms, parts.digestKey, parts.ids);
  const judge = judgeRows(type, prepare, parts.ids);
  const names = createNames();
  const encoder = stagedEncoder();
  const evidence = gatherEvidence();
  const rejects = rejectEncoder(no);
  const counts = { read: 0, rejected: 0, inOrder: true };
  let lastId = '';
  let chunks = 0;
  /** The failure of the batch that is being written, once that is known. */
  let writing: Promise<unknown> = Promise.resolve(null);
  const written = async () => {
    const failure = await writing;
    if (failure) throw failure;
  };
  try {
    for await (const batch of batches) {
      const chunk = chunkNumber(no, chunks);
      let at = 0;
      const takeRow = (row: PreparedRow) => {
        if (row.recordId <= lastId) counts.inOrder = false;
        lastId = row.recordId;
        names.note(row.person);
        if (row.other) names.note(row.other);
        encoder.add(row, chunk, at++);
        evidence.add(row.evidence);
      };
      const { good, rejected } = judge(batch, takeRow, rejects.add);
      // Bytes wait for the database, not rows: what is kept long is what the collector of garbage is slow with.
      const staged = {
        no,
        rejects: rejects.take(),
        chunk,
        names: names.take(),
        allNew,
        rows: good === 0 ? null : { encoded: encoder.take(), evidence: evidence.take() },
      };
      await written();
      writing = writeBatch(parts, staged).then(
        () => null,
        (error: unknown) => error ?? new Error('staging failed'),
      );
      if (staged.rows) chunks++;
      counts.read += batch.length;
      counts.rejected += rejected;
    }
  } finally {
    await writing;
  }
  await written();
  return counts;
}

interface StagedBatch {
  no: number;
  /** Faults as they are written; null: there are none. */
  rejects: Buffer | null;
  chunk: number;
  names: readonly Who[];
  /** None of them can be known already. */
  allNew: boolean;
  /** The good rows as they are staged, and what is kept of them as evidence, packed; null: none is good. */
  rows: { encoded: Buffer; evidence: Buffer } | null;
}

async function writeBatch(parts: IntakeParts, batch: StagedBatch): Promise<void> {
  const { no, chunk, rows } = batch;
  await inTransaction(parts.pool, async (client) => {
    if (!(await touchLoad(client, no))) throw new Error('the load was given up while its body was coming');
    if (batch.rejects !== null) await addRejects(client, batch.rejects);
    await stageUnknownNames(client, parts.sealer, batch);
    if (rows === null) return;
    await addEvidence(client, chunk, no, sealEvidence(parts.sealer, chunk, rows.evidence));
    await stageRows(client, no, rows.encoded);
  });
}

/** Who was named, each (person, name) once, as far as those of before are remembered. */
function createNames() {
  const seen = new Set<string>();
  let unseen: Who[] = [];
  let last: Who | null = null;
  return {
    note(who: Who): void {
      if (who === last) return;
      last = who;
      const pair = who.personKey.toString('latin1') + who.nameKey.toString('latin1');
      if (seen.has(pair)) return;
      seen.add(pair);
      unseen.push(who);
    },
    /** Those who were not named before the last `take`. */
    take(): Who[] {
      const taken = unseen;
      unseen = [];
      if (seen.size > KEPT_NAMES) seen.clear();
      return taken;
    },
  };
}

/** Names that became known since `allNew` was asked are kept once all the same. */
async function stageUnknownNames(
  client: Client,
  sealer: Sealer,
  { no, names, allNew }: Pick<StagedBatch, 'no' | 'names' | 'allNew'>,
): Promise<void> {
  if (names.length === 0) return;
  const unknown = allNew ? names : (await unknownNames(client, names)).flatMap((at) => names[at] ?? []);
  const sealed = unknown.map(({ personKey, nameKey, identity, name }) => ({
    personKey,
    nameKey,
    sealed: sealName(sealer, personKey, nameKey, identity, name),
  }));
  await stageNames(client, no, sealed);
}
