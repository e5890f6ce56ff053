import type { Readable } from 'node:stream';
import type { BatchId, CorrelationId, PolicyRef } from '@hedui/contracts';
import { HeduiError, heduiError } from '@hedui/errors';
import { type Client, inTransaction } from '@hedui/postgres';
import { newDataKey } from '@hedui/privacy';
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
import { createBatchWriter, type Written } from './batch-writer.js';
import type { BatchOrigin } from './pack-chunk.js';
import { type BodyRequest, openBody } from './read-body.js';
import { createRefHash, newRefKey } from './ref-hash.js';
import { settleRepeats } from './settle-repeats.js';

export interface BatchRequest extends BodyRequest {
  policyRef: PolicyRef;
  correlationId: CorrelationId;
  body: Readable;
  /**
   * Called as the last of the transaction that releases the batch: notes it, so that a repeat of the call finds it however this one ends, and
   * records who submitted it.
   */
  note(client: Client, id: BatchId): Promise<void>;
}

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
  const body = await openBody(deps, limited(request.body, settings.maxBodyBytes), request);
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
    await body.close();
    throw error;
  });
  // While a slow caller sends nothing, the batch must not look abandoned.
  const alive = setInterval(() => {
    keepReceiving(pool, id).catch((error: unknown) => logger.warn({ err: error, batchId: id }, 'batch not kept alive'));
  }, KEEP_ALIVE_MS);
  const refKey = newRefKey();
  const hash = createRefHash(refKey);
  // What ends from here on ends while this is under way.
  const upTo = await deps.papers.refresh();
  const writer = createBatchWriter(deps, sent, origin, key, hash);
  try {
    await body.readInto(writer, { sent, refKey });
    const written = await writer.end();
    const batch = await inTransaction(pool, async (client) => {
      const taken = await settleRepeats(client, origin, key, hash);
      await holdAuthorisations(client);
      const released = await releaseBatch(client, id, outcome(written, taken, body.warnings));
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
