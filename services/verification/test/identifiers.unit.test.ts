import { describe, expect, it } from '@jest/globals';
import { newBatchId, newChunkId, readReportNo, reportNoOf } from '../src/identifiers.js';

describe('report numbers', () => {
  it.each([0, 1, 31, 32, 999, 1023])('lead back to chunk and place %i', (place) => {
    const chunkId = newChunkId();
    const reportNo = reportNoOf(chunkId, place);
    expect(reportNo).toMatch(/^R[0-9A-HJKMNP-TV-Z]{28}$/);
    expect(readReportNo(reportNo)).toEqual({ chunkId, place });
  });

  it.each(['', 'R', 'r0123', 'X'.repeat(29), `R${'0'.repeat(27)}`, `R${'U'.repeat(28)}`])(
    'are told from other text: %s',
    (text) => {
      expect(readReportNo(text)).toBeNull();
    },
  );

  it('come from ids that are never the same and grow with time', () => {
    const ids = Array.from({ length: 1000 }, newChunkId);
    expect(new Set(ids).size).toBe(1000);
    expect(ids.map((id) => id.slice(0, 10))).toEqual(ids.map((id) => id.slice(0, 10)).sort());
    expect(newBatchId()).toMatch(/^batch-/);
  });
});
