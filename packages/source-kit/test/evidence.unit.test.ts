import { pack } from '@hedui/contracts';
import { createSealer } from '@hedui/privacy';
import { describe, expect, it } from '@jest/globals';
import { gatherEvidence, openEvidence, openEvidenceRows, sealEvidence } from '../src/intake/evidence.js';

describe('the evidence of many rows', () => {
  const sealer = createSealer({ current: '1', keys: new Map([['1', Buffer.alloc(32, 1)]]) });

  it('opens row by row, whatever their length, and begins anew for each chunk', () => {
    const evidence = gatherEvidence();
    for (const chunk of [1, 2]) {
      const rows = [0, 1, 100, 254, 255, 256, 70_000].map((length) => [chunk, 'x'.repeat(length), null]);
      for (const row of rows) evidence.add(pack(row));
      const sealed = sealEvidence(sealer, chunk, evidence.take());
      expect(openEvidenceRows(sealer, chunk, sealed)).toHaveLength(rows.length);
      expect(rows.map((_, at) => openEvidence(sealer, chunk, sealed, at))).toEqual(rows);
    }
  });
});
