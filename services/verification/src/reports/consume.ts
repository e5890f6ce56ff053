import { type NewAuditEntry, recordAudits } from '@hedui/audit';
import {
  type BatchId,
  type ChunkId,
  decodeEvent,
  type Envelope,
  encodeEvent,
  MalformedEvent,
  type ReportChunkOutline,
  readReportChunkOutline,
  TOPICS,
  withoutBasis,
} from '@hedui/contracts';
import {
  type ApplyContext,
  beginAll,
  consumeInTransaction,
  type EventLog,
  type LogConsumer,
  type LogMessage,
} from '@hedui/event-log';
import type { Client } from '@hedui/postgres';
import { chunkPassed, type PassedStep } from '@hedui/telemetry';
import { chunkEntry, chunkLeaves } from '../audit/chunk-entry.js';
import { endOf } from '../changes.js';
import { insertChunkLeaves } from '../db/audit-chunks.js';
import { countReports } from '../db/batches.js';
import { endedPlaces } from '../db/endings.js';
import { countDropped, recountStuck, takeBackDropped } from '../db/letters.js';
import { noteUnknownChunk } from '../db/rebuild.js';
import { answerReplay } from '../db/replays.js';
import { insertReport, lockChunkOfReport } from '../db/reports.js';
import type { Deps } from '../deps.js';

export const REPORTS_GROUP = 'verification.reports';

/**
 * Stores reports as they come, in the transaction that moves the position: the first report of a chunk wins, a repeat changes
 * nothing. A batch ends with its last report. What cannot be read goes to the dead-letter topic, and the partition goes on.
 * When it is committed, whoever waits for these chunks and batches is told. The answer to a replay is no report: it goes to the call
 * that waits for it. Single checks have a consumer of their own, so that none waits for its turn behind the chunks of a batch.
 */
export async function consumeReports(deps: Deps, log: EventLog): Promise<{ close(): Promise<void> }> {
  const topics = [TOPICS.reports.name, TOPICS.reportsOnline.name];
  return await beginAll(topics.map((topic) => () => consumeTopic(deps, log, topic)));
}

function consumeTopic(deps: Deps, log: EventLog, topic: string): Promise<LogConsumer> {
  const { pool, logger, changes } = deps;
  return consumeInTransaction({
    log,
    pool,
    logger,
    group: REPORTS_GROUP,
    topics: [topic],
    concurrency: 2,
    apply: (client, messages, context) => storeReports(deps, client, messages, context),
    afterCommit: ({ changed, passed }) => {
      for (const one of passed) chunkPassed(logger, one);
      changes.announce(changed);
      // The report of a single check lets nothing go that waited.
      if (passed.some(({ batchId }) => batchId !== null)) deps.wakeSenders();
    },
  });
}

async function storeReports(
  { logger }: Pick<Deps, 'logger'>,
  client: Client,
  messages: readonly LogMessage[],
  context: ApplyContext,
): Promise<{ changed: string[]; passed: PassedStep[] }> {
  const began = Date.now();
  const passed: PassedStep[] = [];
  const changed: (BatchId | ChunkId)[] = [];
  const counted = new Map<BatchId, number>();
  const entries: NewAuditEntry[] = [];
  for (const { message, value } of context.decodeOrDeadLetter(messages, readReport)) {
    const { event, chunk } = value;
    if (chunk.purpose === 'replay') {
      if (await answerReplay(client, chunk.chunkId, message.value)) changed.push(chunk.chunkId);
      continue;
    }
    const known = await lockChunkOfReport(client, chunk.chunkId);
    if (known === null) {
      logger.warn({ chunkId: chunk.chunkId }, 'a report of a chunk that this database does not know was passed over');
      await noteUnknownChunk(client, { ...chunk, households: chunk.households.length });
      continue;
    }
    const endedBefore = (await endedPlaces(client, [known.no])).get(known.no) ?? NOBODY;
    if (!isWhole(chunk, known.households, endedBefore)) {
      context.refuse(message, 'HOUSEHOLDS_DIFFER');
      continue;
    }
    if (!(await insertReport(client, known.no, { event: bare(event), basis: chunk.basis }))) continue;
    const ended = await withoutThoseReported(client, known, chunk, endedBefore);
    const leaves = chunkLeaves(chunk);
    await insertChunkLeaves(client, known.no, leaves);
    entries.push(chunkEntry(chunk, known.batchId, event.correlationId, leaves));
    changed.push(chunk.chunkId);
    passed.push({
      step: 'reported',
      service: 'verification',
      correlationId: event.correlationId,
      chunkId: chunk.chunkId,
      batchId: known.batchId,
      households: known.households,
      began,
    });
    if (known.batchId !== null)
      counted.set(known.batchId, (counted.get(known.batchId) ?? 0) + known.households - ended.size);
  }
  const ended = counted.size > 0 ? await countReports(client, counted) : [];
  await recountStuck(client, [...counted.keys()]);
  await recordAudits(client, entries);
  return { changed: [...changed, ...counted.keys(), ...ended.map(endOf)], passed };
}

interface ReadReport {
  event: Envelope;
  chunk: ReportChunkOutline;
}

function readReport(message: LogMessage): ReadReport {
  const event = decodeEvent(message.value);
  if (event.type !== 'verification.reported') throw new MalformedEvent('UNKNOWN_TYPE');
  return { event, chunk: readReportChunkOutline(event.payload) };
}

/** A report that comes after its household was given up counts: the ledger has counted it too. */
async function withoutThoseReported(
  client: Client,
  { no, batchId }: { no: number; batchId: BatchId | null },
  chunk: ReportChunkOutline,
  ended: ReadonlySet<number>,
): Promise<ReadonlySet<number>> {
  const places = chunk.households.map(({ index }) => index).filter((place) => ended.has(place));
  const back = places.length === 0 ? 0 : await takeBackDropped(client, no, places);
  if (back === 0) return ended;
  if (batchId !== null) await countDropped(client, batchId, -back);
  return (await endedPlaces(client, [no])).get(no) ?? NOBODY;
}

/** The event without its basis, which is kept beside it. */
function bare(event: Envelope): Buffer {
  return encodeEvent({ ...event, payload: withoutBasis(event.payload) });
}

const NOBODY: ReadonlySet<number> = new Set();

/** True when the report speaks of the households 0 to n − 1 once each; those that have ended may be missing. */
function isWhole(chunk: ReportChunkOutline, households: number, ended: ReadonlySet<number>): boolean {
  const seen = new Uint8Array(households);
  for (const { index } of chunk.households) {
    if (!Number.isInteger(index) || index < 0 || index >= households || seen[index] === 1) return false;
    seen[index] = 1;
  }
  for (let place = 0; place < households; place++) if (seen[place] !== 1 && !ended.has(place)) return false;
  return true;
}
