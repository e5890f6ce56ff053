import { type CorrelationId, type CountedChunk, decodeEvent, MalformedEvent, readCountedChunk } from '@hedui/contracts';
import type { ApplyContext, LogMessage } from '@hedui/event-log';
import type { Client } from '@hedui/postgres';
import type { PassedStep } from '@hedui/telemetry';
import { addChunk, issueNumber } from '../db/chunks.js';
import { addReports, type LedgerChunk, type LedgerRow } from '../db/ledger.js';
import { marksOf } from './marks.js';

export const LEDGER_GROUP = 'reporting.ledger';

/** What a batch of report chunks added. */
export interface LedgerBatch {
  chunks: number;
  reports: number;
  passed: PassedStep[];
}

/**
 * Adds report chunks to the ledger, in the transaction that moved the position. The first chunk of a chunk id in topic
 * order counts, later ones are ignored; all chunks of one id lie in one partition.
 */
export async function applyReports(
  client: Client,
  fresh: readonly LogMessage[],
  context: Pick<ApplyContext, 'decodeOrDeadLetter'>,
): Promise<LedgerBatch> {
  const began = Date.now();
  const passed: PassedStep[] = [];
  const added: LedgerChunk[] = [];
  for (const { value: read } of context.decodeOrDeadLetter(fresh, readMessage)) {
    // A replay asks what today's data would say: it is no report of anybody.
    if (read.chunk.purpose === 'replay') continue;
    const issueNo = await issueNumber(client, read.chunk.batchId ?? read.chunk.chunkId);
    const chunkNo = await addChunk(client, read.chunk, issueNo);
    if (chunkNo === null) continue;
    const { correlationId, rows } = read;
    const { chunkId, batchId, asOf } = read.chunk;
    added.push({ chunkNo, asOf, rows });
    passed.push({
      ...{
        step: 'counted',
        service: 'reporting',
        correlationId,
        chunkId,
        batchId,
        households: rows.length,
        began,
      },
    });
  }
  const reports = added.length === 0 ? 0 : await addReports(client, added);
  return { chunks: added.length, reports, passed };
}

/** Any failure to read is the message's own fault: the decoders of contracts check frames, not every list inside. */
function readMessage(message: LogMessage): {
  chunk: CountedChunk;
  rows: LedgerRow[];
  correlationId: CorrelationId;
} {
  try {
    const event = decodeEvent(message.value);
    if (event.type !== 'verification.reported') throw new MalformedEvent('UNKNOWN_TYPE', event.type);
    const chunk = readCountedChunk(event.payload);
    return { correlationId: event.correlationId, chunk, rows: rowsOf(chunk) };
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
