import type { Day, PolicyRef } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type Policy, policyFromCanonical, policyInForce } from '@hedui/means-test';
import type { Queryable } from '@hedui/postgres';
import { findPolicy, policyCandidates } from '../db/policies.js';

/** A policy ready to judge households, and how reports name it. */
export interface ChosenPolicy {
  policy: Policy;
  ref: PolicyRef;
}
export type PolicyChooser = (db: Queryable, text: string | undefined, asOf: Day) => Promise<ChosenPolicy>;

const textPattern = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})(?:@([1-9]\d{0,8}))?$/;
const KEPT = 50;

/**
 * Finds the policy that `ID` or `ID@version` means at an as-of date. Without a version: among those in effect by then the
 * latest, then the highest. Without an ID: the only published one. Compiled policies are kept, for they never change.
 * Throws HeduiError POLICY_REQUIRED, POLICY_UNKNOWN.
 */
export function createPolicyChooser(): PolicyChooser {
  const compiled = new Map<string, Policy>();

  async function load(db: Queryable, id: string, version: number): Promise<ChosenPolicy> {
    const stored = await findPolicy(db, id, version);
    if (stored === null) throw new HeduiError('POLICY_UNKNOWN');
    const ref = { id, version, digest: stored.digest };
    const known = compiled.get(stored.digest);
    if (known) return { policy: known, ref };
    const policy = policyFromCanonical(stored.canonical);
    const [oldest] = compiled.keys();
    if (compiled.size >= KEPT && oldest !== undefined) compiled.delete(oldest);
    compiled.set(stored.digest, policy);
    return { policy, ref };
  }

  return async (db, text, asOf) => {
    const match = text === undefined || text === '' ? null : textPattern.exec(text);
    if (text !== undefined && text !== '' && match === null) throw new HeduiError('POLICY_UNKNOWN');
    const id = match?.[1] ?? null;
    const version = match?.[2];
    if (id !== null && version !== undefined) return await load(db, id, Number(version));
    const candidates = await policyCandidates(db, id);
    if (id === null && new Set(candidates.map((candidate) => candidate.id)).size !== 1) {
      throw new HeduiError('POLICY_REQUIRED');
    }
    const chosen = policyInForce(candidates, asOf);
    if (chosen === null) throw new HeduiError('POLICY_UNKNOWN', { detail: 'no version is in force at the as-of date' });
    const { version: inForce, digest } = chosen;
    const known = compiled.get(digest);
    return known
      ? { policy: known, ref: { id: chosen.id, version: inForce, digest } }
      : await load(db, chosen.id, inForce);
  };
}
