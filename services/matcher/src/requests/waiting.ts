import { setTimeout as pause } from 'node:timers/promises';
import type { PolicyRef } from '@hedui/contracts';
import type { BatchContext } from '@hedui/event-log';
import type { LoadBeingApplied } from '../db/coverage.js';
import { touches } from './coverage-view.js';

/** How long chunks wait for what may still come, in milliseconds. */
export interface WaitLimits {
  /** For a policy that a chunk names. */
  policyMs: number;
  /** For the rest of a full load that a batch chunk would meet half applied. */
  loadMs: number;
  /** For a record topic that is read again from its start. */
  rebuildMs: number;
  /** Between two looks. */
  pollMs: number;
}

/** The partition was taken away, or the matcher ends: nothing is committed, the chunk is delivered again. */
export class WorkStopped extends Error {
  readonly code = 'WORK_STOPPED';
  constructor() {
    super('the partition was taken away');
  }
}

/** Waits a moment without a database transaction, telling the log that the handler is alive. Throws WorkStopped. */
export async function waitAMoment(context: BatchContext, ms: number): Promise<void> {
  await context.heartbeat();
  try {
    await pause(ms, undefined, { signal: context.signal });
  } catch {
    throw new WorkStopped();
  }
}

/**
 * Which loads batch chunks still wait for. A load is waited for once, from when it was first met: the chunks behind the
 * first do not wait all over again.
 */
export interface LoadPatience {
  /** True when a load that replaces a whole state lies in the way of a region and its time is not up. */
  mustWait(underWay: readonly LoadBeingApplied[], regions: ReadonlySet<string>): boolean;
}

export function createLoadPatience(limits: WaitLimits, now: () => number): LoadPatience {
  let firstMet = new Map<string, number>();
  return {
    mustWait(underWay, regions) {
      const met = new Map<string, number>();
      let waiting = false;
      for (const load of underWay) {
        if (load.kind === 'delta') continue;
        const since = firstMet.get(load.id);
        const inTheWay = [...regions].some((region) => touches(load, region));
        if (since === undefined && !inTheWay) continue;
        met.set(load.id, since ?? now());
        const limit = load.kind === 'rebuild' ? limits.rebuildMs : limits.loadMs;
        if (inTheWay && now() - (since ?? now()) < limit) waiting = true;
      }
      firstMet = met;
      return waiting;
    },
  };
}

/** How much longer a policy is waited for, from when it was first missed: a chunk of many does not wait all over again. */
export interface PolicyPatience {
  /** Milliseconds; 0 or less: no longer. */
  left(ref: PolicyRef): number;
}

const MISSED_LIMIT = 1_000;

export function createPolicyPatience(limits: WaitLimits, now: () => number): PolicyPatience {
  const firstMissed = new Map<string, number>();
  return {
    left(ref) {
      const key = `${ref.id}@${ref.version}`;
      const since = firstMissed.get(key) ?? now();
      if (firstMissed.size >= MISSED_LIMIT) firstMissed.clear();
      firstMissed.set(key, since);
      return since + limits.policyMs - now();
    },
  };
}
