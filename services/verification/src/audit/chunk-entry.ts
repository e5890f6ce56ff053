import { leafHash, merkleRoot, type NewAuditEntry, SYSTEM } from '@hedui/audit';
import { type Assessment, assessmentTuple, type BatchId, type ReportChunk } from '@hedui/contracts';
import type { ChunkLeaves } from '../db/audit-chunks.js';
import { reportNoOf } from '../identifiers.js';

/** Action of the entry that covers the households of a chunk whose reports came. */
export const CHUNK_REPORTED = 'chunk.report';

/**
 * What of a report is recorded for good, as JSON text: its number, conclusion, tier, figures, the codes of its findings and the state of its
 * sources. Record ids and details are left out: they may be sealed anew when keys are rotated.
 */
export function reportStatement(reportNo: string, assessment: Assessment): string {
  const [conclusion, tier, counted, standard, annual, income, support, , sources] = assessmentTuple(assessment);
  const findings = assessment.findings.map(({ code, effect, member, source }) => [code, effect, member, source]);
  return JSON.stringify([reportNo, conclusion, tier, counted, standard, annual, income, support, findings, sources]);
}

/** The leaves of a chunk's reports, by place. */
export function chunkLeaves(chunk: ReportChunk): ChunkLeaves {
  const households = [...chunk.households].sort((a, b) => a.index - b.index);
  const leaves = households.map(({ index, assessment }) =>
    leafHash(reportStatement(reportNoOf(chunk.chunkId, index), assessment)),
  );
  return { root: merkleRoot(leaves), leaves, places: households.map(({ index }) => index) };
}

/** The one entry of a chunk of a batch, or of a single check. */
export function chunkEntry(
  chunk: ReportChunk,
  batchId: BatchId | null,
  correlationId: string,
  { root, leaves }: ChunkLeaves,
): NewAuditEntry {
  return {
    action: CHUNK_REPORTED,
    actor: SYSTEM,
    object: { kind: 'chunk', id: chunk.chunkId },
    correlationId,
    details: {
      batch: batchId,
      policy: chunk.policy.id,
      version: chunk.policy.version,
      digest: chunk.policy.digest,
      engine: chunk.engineVersion,
    },
    covers: { count: leaves.length, root: root.toString('hex') },
  };
}
