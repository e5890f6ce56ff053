import { type CorrelationId, type CountedChunk, decodeEvent, MalformedEvent, readCountedChunk } from '@hedui/contracts';
import type { ApplyContext, LogMessage } from '@hedui/event-log';
import type { Client } from '@hedui/postgres';
import type { PassedStep } from '@hedui/telemetry';
import { addChunk, issueNumber, lockCounted, putCounted } from '../db/chunks.js';
import { addReports, type LedgerChunk, type LedgerRow, takeOut } from '../db/ledger.js';
import { isKept, type Told, takesItsPlace } from './life.js';
import { marksOf } from './marks.js';

export const LEDGER_GROUP = 'reporting.ledger';

/** What a batch of report chunks added. */
export interface LedgerBatch {
  chunks: number;
  reports: number;
  passed: PassedStep[];
}

type Context = Pick<ApplyContext, 'decodeOrDeadLetter'> & Partial<Pick<ApplyContext, 'batch'>>;

/**
 * Adds report chunks to the ledger, in the transaction that moved the position. The first chunk of a chunk id in topic order counts, later
 * ones are ignored (all chunks of one id lie in one partition), but for what a newer life of the topic tells (life.ts).
 */
export async function applyReports(
  client: Client,
  fresh: readonly LogMessage[],
  context: Context,
): Promise<LedgerBatch> {
  const began = Date.now();
  const life = context.batch?.generation ?? null;
  const passed: PassedStep[] = [];
  const added = new Map<number, LedgerChunk>();
  for (const { value: read } of context.decodeOrDeadLetter(fresh, readMessage)) {
    // A replay asks what today's data would say: it is no report of anybody.
    if (read.chunk.purpose === 'replay') continue;
    const told = { life, kept: read.kept };
    const issueNo = await issueNumber(client, read.chunk.batchId ?? read.chunk.chunkId);
    const chunkNo = await addChunk(client, read.chunk, issueNo, told);
    const counted =
      chunkNo === null
        ? await inItsPlace(client, added, read, told)
        : { chunkNo, asOf: read.chunk.asOf, rows: read.rows };
    if (counted === null) continue;
    added.set(counted.chunkNo, counted);
    const { chunkId, batchId } = read.chunk;
    passed.push({
      ...{
        step: 'counted',
        service: 'reporting',
        correlationId: read.correlationId,
        chunkId,
        batchId,
        households: read.rows.length,
        began,
      },
    });
  }
  const reports = added.size === 0 ? 0 : await addReports(client, [...added.values()]);
  return { chunks: added.size, reports, passed };
}

/** A report of a chunk that was counted before, when it takes the place of that one: what was counted is taken out. */
async function inItsPlace(
  client: Client,
  added: ReadonlyMap<number, LedgerChunk>,
  { chunk, rows }: ReadReport,
  told: Told,
): Promise<LedgerChunk | null> {
  const counted = await lockCounted(client, chunk);
  if (!takesItsPlace(counted, told)) return null;
  const { chunkNo } = counted;
  await putCounted(client, chunkNo, chunk, told);
  if (counted.same) return null;
  const waiting = added.get(chunkNo);
  const keys = waiting
    ? new Map(waiting.rows.map(({ index, applicant }) => [index, applicant]))
    : await takeOut(client, chunkNo);
  return {
    chunkNo,
    asOf: chunk.asOf,
    rows: rows.map((row) => ({ ...row, applicant: keys.get(row.index) ?? row.applicant })),
  };
}

interface ReadReport {
  chunk: CountedChunk;
  rows: LedgerRow[];
  kept: boolean;
  correlationId: CorrelationId;
}

/** Any failure to read is the message's own fault: the decoders of contracts check frames, not every list inside. */
function readMessage(message: LogMessage): ReadReport {
  try {
    const event = decodeEvent(message.value);
    if (event.type !== 'verification.reported') throw new MalformedEvent('UNKNOWN_TYPE', event.type);
    const chunk = readCountedChunk(event.payload);
    return { correlationId: event.correlationId, chunk, rows: rowsOf(chunk), kept: isKept(event.producedBy) };
  } catch (error) {
    throw error instanceof MalformedEvent ? error : new MalformedEvent('BAD_PAYLOAD', 'report chunk');
  }
}

/** Checks what the ledger's columns rely on, so that no chunk can break a whole batch. */
function rowsOf(chunk: CountedChunk): LedgerRow[] {
  const wrong = (): never => {
    throw new MalformedEvent('BAD_PAYLOAD', 'report chunk');
  };
  const text = (value: string): string => (value.includes('\0') ? wrong() : value);
  const { assessedAt, batchId, households } = chunk;
  if (typeof assessedAt !== 'number' || !(batchId === null || typeof batchId === 'string')) wrong();
  const indexes = new Set<number>();
  return households.map((household) => {
    const { index, applicant, programme, verificationType, region, area, conclusion, tier } = household;
    if (!Number.isInteger(index) || indexes.has(index)) wrong();
    indexes.add(index);
    return {
      index,
      applicant,
      programme: text(programme),
      verificationType: text(verificationType),
      region: text(region),
      area: text(area),
      conclusion: text(conclusion),
      tier: tier === null ? null : text(tier),
      marks: marksOf(household),
    };
  });
}
