import { describe, expect, it } from '@jest/globals';
import { progressOf } from '../src/batches/batch.js';

const none = {
  households: 0,
  accepted: 0,
  rejected: 0,
  rejectedRows: 0,
  reports: 0,
  withdrawn: 0,
  stuck: 0,
  dropped: 0,
};
const running = (over: Partial<typeof none>) =>
  progressOf({ state: 'running', counts: { ...none, households: 1000, accepted: 1000, ...over } });

describe('the progress of a batch', () => {
  it('counts receiving as a part of the work, so that it does not stand at nothing when half of the time has gone', () => {
    expect(progressOf({ state: 'receiving', counts: none })).toBe(0);
    expect(running({})).toBe(0.4);
  });

  it('goes on with the reports, and with the households that will get none', () => {
    expect(running({ reports: 500 })).toBe(0.7);
    expect(running({ reports: 300, withdrawn: 150, dropped: 50 })).toBe(0.7);
  });

  it('never falls, and is whole only when the batch is done', () => {
    let before = 0;
    for (let reports = 0; reports < 1000; reports++) {
      const now = running({ reports });
      expect(now).toBeGreaterThanOrEqual(before);
      expect(now).toBeLessThan(1);
      before = now;
    }
    expect(progressOf({ state: 'done', counts: { ...none, accepted: 1000, reports: 1000 } })).toBe(1);
    expect(progressOf({ state: 'done', counts: none })).toBe(1);
  });

  it('stays where it was in a cancelled batch', () => {
    expect(progressOf({ state: 'cancelled', counts: { ...none, accepted: 1000, reports: 250 } })).toBe(0.55);
  });
});
