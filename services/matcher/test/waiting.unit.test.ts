import { describe, expect, it } from '@jest/globals';
import type { LoadBeingApplied } from '../src/db/coverage.js';
import { createLoadPatience, createPolicyPatience } from '../src/requests/waiting.js';

const limits = { policyMs: 0, loadMs: 60, rebuildMs: 600, pollMs: 1 };
const full = (id: string, scope: string): LoadBeingApplied => ({ id, source: 'tax', scope, kind: 'full' });
const regions = (...codes: string[]) => new Set(codes);

describe('patience with loads in the way', () => {
  it('waits for a full load whose scope holds the region, or lies within it, up to the limit', () => {
    let now = 0;
    const patience = createLoadPatience(limits, () => now);
    expect(patience.mustWait([full('a', '520100')], regions('520102'))).toBe(true);
    expect(patience.mustWait([full('a', '520102001')], regions('520102'))).toBe(true);
    expect(patience.mustWait([full('a', '520200')], regions('520102'))).toBe(false);
    now = 59;
    expect(patience.mustWait([full('a', '520100')], regions('520102'))).toBe(true);
    now = 60;
    expect(patience.mustWait([full('a', '520100')], regions('520102'))).toBe(false);
  });

  it('waits for one load once, but for the next one again', () => {
    let now = 0;
    const patience = createLoadPatience(limits, () => now);
    patience.mustWait([full('a', '520100')], regions('520102'));
    now = 100;
    expect(patience.mustWait([full('a', '520100')], regions('520103'))).toBe(false);
    expect(patience.mustWait([full('a', '520100'), full('b', '520100')], regions('520103'))).toBe(true);
  });

  it('does not wait for deltas, and waits longer for a topic that is read again', () => {
    let now = 0;
    const patience = createLoadPatience(limits, () => now);
    expect(patience.mustWait([{ ...full('a', '520100'), kind: 'delta' }], regions('520102'))).toBe(false);
    const rebuild: LoadBeingApplied = { id: 'r', source: 'tax', scope: '', kind: 'rebuild' };
    expect(patience.mustWait([rebuild], regions('520102'))).toBe(true);
    now = 599;
    expect(patience.mustWait([rebuild], regions('520102'))).toBe(true);
    now = 600;
    expect(patience.mustWait([rebuild], regions('520102'))).toBe(false);
  });
});

describe('patience with a policy that is not here', () => {
  it('lasts from when the policy was first missed', () => {
    let now = 0;
    const patience = createPolicyPatience({ ...limits, policyMs: 60 }, () => now);
    const ref = { id: 'p', version: 1, digest: 'd' };
    expect(patience.left(ref)).toBe(60);
    now = 50;
    expect(patience.left(ref)).toBe(10);
    expect(patience.left({ ...ref, version: 2 })).toBe(60);
    now = 70;
    expect(patience.left(ref)).toBeLessThanOrEqual(0);
  });
});
