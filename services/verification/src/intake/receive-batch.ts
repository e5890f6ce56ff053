import type { Readable } from 'node:stream';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { BatchId, CorrelationId, Day, PolicyRef, Reachable } from '@hedui/contracts';
import { HeduiError, heduiError } from '@hedui/errors';
import type { Policy } from '@hedui/means-test';
import { type Client, inTransaction } from '@hedui/postgres';
import { newDataKey } from '@hedui/privacy';
import { openTable, type Table, type TableFormat } from '@hedui/tables';
import { span } from '@hedui/telemetry';
import { stopInBatch } from '../authorisations/stop.js';
import {
  deleteReceiving,
  findBatch,
  insertBatch,
  keepReceiving,
  releaseBatch,
  type StoredBatch,
} from '../db/batches.js';
import { holdAuthorisations, stoppingEndingsSince } from '../db/endings.js';
import type { Deps } from '../deps.js';
import { newBatchId } from '../identifiers.js';
import { createBatchWriter, createRefHash, type Written } from './batch-writer.js';
import { BATCH_COLUMNS } from './columns.js';
import { createGrouper, type RowGroup } from './groups.js';
import { createJudge } from './judge-household.js';
import type { BatchOrigin } from './pack-chunk.js';
import { settleRepeats } from './settle-repeats.js';

export interface BatchRequest {
  asOf: Day;
  policy: Policy;
  policyRef: PolicyRef;
  correlationId: CorrelationId;
  /** Of whoever submits it: what lies outside is rejected, and the batch is that department's. */
  reach: Reachable;
  format: TableFormat;
  body: Readable;
  /**
   * Called as the last of the transaction that releases the batch: notes it, so that a repeat of the call finds it however this one ends, and
   * records who submitted it.
   */
  note(client: Client, id: BatchId): Promise<void>;
}

/**
 * Rows of one array: between two arrays the event loop gets its turn. Few, for the chunk before is being stored meanwhile, and each of its
 * steps waits for a turn: at five hundred rows storing took longer than reading the next chunk, and reading waited for it.
 */
const ROWS_AT_ONCE = 100;
const KEEP_ALIVE_MS = 10_000;

/**
 * Receives a batch: reads the body to its end, stores its households in chunks, rejects what is faulty, and releases the
 * chunks for sending. Nothing is released before the whole body has been read; a body that breaks off leaves nothing.
 * Throws HeduiError: FILE_EMPTY, HEADER_UNUSABLE, ENCODING_INVALID, BODY_TOO_LARGE, BODY_BROKEN_OFF, STORAGE_UNAVAILABLE.
 */
export async function receiveBatch(deps: Deps, request: BatchRequest): Promise<StoredBatch> {
  try {
    return await receive(deps, request);
  } finally {
    // Of a body that is refused before its end nothing more is wanted.
    request.body.destroy();
  }
}

async function receive(deps: Deps, request: BatchRequest): Promise<StoredBatch> {
  const { pool, ring, settings, logger } = deps;
  const began = Date.now();
  const limits = { maxRows: settings.maxRows, batchRows: ROWS_AT_ONCE };
  const bytes = limited(request.body, settings.maxBodyBytes);
  const table = await openTable(bytes, { format: request.format, columns: BATCH_COLUMNS, limits });
  const id = newBatchId();
  const key = newDataKey(ring, id);
  const origin: BatchOrigin = {
    batchId: id,
    asOf: request.asOf,
    policy: request.policyRef,
    correlationId: request.correlationId,
    owner: request.reach.department,
  };
  const { regions, purposes } = request.reach;
  // Seen by whoever rotates the key: a batch keeps to the version that it began with.
  const sent = await inTransaction(pool, async (client) => {
    const held = await deps.keys.hold(client);
    const { version } = held;
    await insertBatch(client, { ...origin, id, dataKey: key.wrapped, regions, purposes, keyVersion: version });
    return held;
  }).catch(async (error: unknown) => {
    await table.close();
    throw error;
  });
  // While a slow caller sends nothing, the batch must not look abandoned.
  const alive = setInterval(() => {
    keepReceiving(pool, id).catch((error: unknown) => logger.warn({ err: error, batchId: id }, 'batch not kept alive'));
  }, KEEP_ALIVE_MS);
  const hash = createRefHash();
  // What ends from here on ends while this is under way.
  const upTo = await deps.papers.refresh();
  const writer = createBatchWriter(deps, sent, origin, key, hash);
  try {
    await readHouseholds(
      table,
      createJudge(request.policy, request.asOf, request.reach),
      settings.maxHouseholdRows,
      writer,
    );
    const written = await writer.end();
    const batch = await inTransaction(pool, async (client) => {
      const taken = await settleRepeats(client, origin, key, hash);
      await holdAuthorisations(client);
      const released = await releaseBatch(client, id, outcome(written, taken, table.warnings));
      if (released === null) return null;
      const ended = await stoppingEndingsSince(client, upTo);
      for (const ending of ended) await stopInBatch(client, deps, ending, id);
      const stored = ended.length === 0 ? released : await findBatch(client, id);
      await request.note(client, id);
      return stored;
    });
    if (batch === null) throw new HeduiError('STORAGE_UNAVAILABLE', { detail: 'the batch was given up meanwhile' });
    const { correlationId } = request;
    logger.info({ batchId: id, correlationId, ...batch.counts }, 'batch received');
    const attributes = { 'hedui.batch': id, 'hedui.households': batch.counts.accepted };
    span({ name: 'batch received', service: 'verification', correlationId, began, attributes });
    deps.wakeSenders();
    return batch;
  } catch (error) {
    await writer.settle();
    await inTransaction(pool, (client) => deleteReceiving(client, id)).catch((failure: unknown) => {
      logger.warn({ err: failure, batchId: id }, 'a batch that was not received whole is left to the sweeper');
    });
    throw heduiError(error) ?? error;
  } finally {
    clearInterval(alive);
  }
}

/** The body, up to a limit. */
async function* limited(body: Readable, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > maxBytes) throw new HeduiError('BODY_TOO_LARGE', { detail: `more than ${maxBytes} bytes` });
    yield piece;
  }
}

async function readHouseholds(
  table: Table,
  judge: ReturnType<typeof createJudge>,
  maxHouseholdRows: number,
  writer: ReturnType<typeof createBatchWriter>,
): Promise<void> {
  const grouper = createGrouper(maxHouseholdRows);
  const take = async (groups: readonly RowGroup[]) => {
    for (const group of groups) {
      const judgement = judge(group);
      const full = judgement.ok ? writer.accept(judgement.household) : writer.reject(group, judgement.rejects);
      if (full !== null) await full;
    }
  };
  for await (const rows of table.rows()) {
    for (const row of rows) {
      const groups = grouper.push(row);
      if (groups.length > 0) await take(groups);
    }
    await yieldToOthers();
  }
  await take(grouper.end());
}

function outcome(written: Written, taken: { households: number; rows: number }, warnings: readonly string[]) {
  const { repeated, atLeast } = written.repeatedPersons;
  const told = repeated === 0 ? [] : [repeatedWarning(repeated, atLeast)];
  return {
    accepted: written.accepted - taken.households,
    rejected: written.rejected + taken.households,
    rejectedRows: written.rejectedRows + taken.rows,
    warnings: [...warnings, ...told],
    regions: written.regions,
    purposes: written.purposes,
  };
}

function repeatedWarning(repeated: number, atLeast: boolean): string {
  return `${atLeast ? '至少' : ''} ${repeated} 人次在一个以上家庭中出现 / ${atLeast ? 'at least ' : ''}${repeated} appearances of persons who stand in another household of the batch too`.trim();
}
