import { type CorrelationId, decodeEvent, MalformedEvent, type ReportChunk, readReportChunk } from '@hedui/contracts';
import type { ApplyContext, LogMessage } from '@hedui/event-log';
import type { Client } from '@hedui/postgres';
import type { PassedStep } from '@hedui/telemetry';
import { addChunk, issueNumber } from '../db/chunks.js';
import { addReports, type LedgerChunk } from '../db/ledger.js';
import { type Marks, marksOf } from './marks.js';

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
    const { correlationId, ...ledger } = read;
    const { chunkId, batchId, households } = read.chunk;
    added.push({ chunkNo, ...ledger });
    passed.push({
      ...{
        step: 'counted',
        service: 'reporting',
        correlationId,
        chunkId,
        batchId,
        households: households.length,
        began,
      },
    });
  }
  const reports = added.length === 0 ? 0 : await addReports(client, added);
  return { chunks: added.length, reports, passed };
}

/** Any failure to read is the message's own fault: the decoders of contracts check frames, not every list inside. */
function readMessage(message: LogMessage): {
  chunk: ReportChunk;
  marks: Marks[];
  correlationId: CorrelationId;
} {
  try {
    const event = decodeEvent(message.value);
    if (event.type !== 'verification.reported') throw new MalformedEvent('UNKNOWN_TYPE', event.type);
    const chunk = readReportChunk(event.payload);
    checkChunk(chunk);
    return {
      correlationId: event.correlationId,
      chunk,
      marks: chunk.households.map((household) => marksOf(household.assessment)),
    };
  } catch (error) {
    throw error instanceof MalformedEvent ? error : new MalformedEvent('BAD_PAYLOAD', 'report chunk');
  }
}

/** What the ledger's columns rely on, so that no chunk can break a whole batch. */
function checkChunk(chunk: ReportChunk): void {
  const texts = (h: ReportChunk['households'][number]) => [
    h.programme,
    h.verificationType,
    h.region,
    h.area,
    h.assessment.conclusion,
    h.assessment.tier ?? '',
  ];
  const indexes = new Set(chunk.households.map((household) => household.index));
  const wellFormed =
    typeof chunk.assessedAt === 'number' &&
    (chunk.batchId === null || typeof chunk.batchId === 'string') &&
    indexes.size === chunk.households.length &&
    chunk.households.every(
      (household) =>
        Number.isInteger(household.index) &&
        texts(household).every((text) => typeof text === 'string' && !text.includes('\0')),
    );
  if (!wellFormed) throw new MalformedEvent('BAD_PAYLOAD', 'report chunk');
}
