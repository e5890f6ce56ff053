import { leafHash, merkleRoot, type NewAuditEntry, SYSTEM } from '@hedui/audit';
import type { AssessmentOutline, BatchId, ReportChunkOutline } from '@hedui/contracts';
import type { ChunkLeaves } from '../db/audit-chunks.js';
import { reportNoOf } from '../identifiers.js';

/** Action of the entry that covers the households of a chunk whose reports came. */
export const CHUNK_REPORTED = 'chunk.report';

/**
 * What of a report is recorded for good, as JSON text: its number, conclusion, tier, counted members, standard a month and income a year in
 * fen, then its findings (code, effect, member) and its sources (name, state, as-of day) one after the other. Record ids and details are left
 * out: they may be sealed anew when keys are rotated. Flat, because every household of a batch pays for it.
 */
export function reportStatement(reportNo: string, assessment: AssessmentOutline): string {
  const { conclusion, tier, countedMembers, standardMonthly, annualIncome } = assessment;
  const said: (string | number | null)[] = [
    reportNo,
    conclusion,
    tier,
    countedMembers,
    standardMonthly,
    annualIncome,
    assessment.findings.length,
  ];
  for (const { code, effect, member } of assessment.findings) said.push(code, effect, member);
  for (const { source, state, asOf } of assessment.sources) said.push(source, state, asOf);
  return JSON.stringify(said);
}

/** The leaves of a chunk's reports, by place. */
export function chunkLeaves(chunk: Pick<ReportChunkOutline, 'chunkId' | 'households'>): ChunkLeaves {
  const households = [...chunk.households].sort((a, b) => a.index - b.index);
  const leaves = households.map(({ index, assessment }) =>
    leafHash(reportStatement(reportNoOf(chunk.chunkId, index), assessment)),
  );
  return { root: merkleRoot(leaves), leaves, places: households.map(({ index }) => index) };
}

/** The one entry of a chunk of a batch, or of a single check. */
export function chunkEntry(
  chunk: Pick<ReportChunkOutline, 'chunkId' | 'policy' | 'engineVersion'>,
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
