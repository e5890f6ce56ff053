import type { PolicyRef } from '@hedui/contracts';
import { type Policy, policyFromCanonical } from '@hedui/means-test';
import type { Pool } from '@hedui/postgres';
import { readPolicy } from '../db/policies.js';

/** Compiled policies, read once: a published version never changes. */
export interface PolicyBook {
  /**
   * The policy that a chunk names; null when it is not here yet, `differs` when this version is here with other
   * content.
   */
  find(ref: PolicyRef): Promise<Policy | 'differs' | null>;
}

export function createPolicyBook(pool: Pool): PolicyBook {
  const known = new Map<string, { digest: string; policy: Policy }>();
  return {
    async find(ref) {
      const key = `${ref.id}@${ref.version}`;
      let entry = known.get(key);
      if (entry === undefined) {
        const stored = await readPolicy(pool, ref.id, ref.version);
        if (stored === null) return null;
        entry = { digest: stored.digest, policy: policyFromCanonical(stored.canonical) };
        known.set(key, entry);
      }
      return entry.digest === ref.digest ? entry.policy : 'differs';
    },
  };
}
