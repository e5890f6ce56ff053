import type { PolicyChange } from '@hedui/contracts';
import { policyDocumentOf } from '../parse.js';
import { policyEntries } from './entries.js';
import { changeSentence } from './sentences.js';

/**
 * What has to be said otherwise in the policy `a` to have the policy `b` (both canonical texts of `parsePolicy`), key by key in
 * the order of `b`, what was removed where it stood in `a`. Empty when both say the same, however it is written. The same
 * texts the other way round give the mirrored changes. Throws TypeError on other texts.
 */
export function comparePolicies(a: string, b: string): PolicyChange[] {
  const before = policyEntries(policyDocumentOf(a));
  const after = policyEntries(policyDocumentOf(b));
  const changes: PolicyChange[] = [];
  for (const key of keysInOrder(before, after)) {
    const change = { key, before: before.get(key) ?? null, after: after.get(key) ?? null };
    if (change.before === change.after) continue;
    const kind = change.before === null ? 'added' : change.after === null ? 'removed' : 'changed';
    changes.push({ kind, ...change, sentence: changeSentence(kind, change) });
  }
  return changes;
}

type Entries = ReadonlyMap<string, string>;

/** Group by group, so that what a programme loses stands beside what it keeps and not after the next programme. */
function keysInOrder(before: Entries, after: Entries): string[] {
  const [a, b] = [grouped(before), grouped(after)];
  return merged([...a.keys()], [...b.keys()]).flatMap((group) => merged(a.get(group) ?? [], b.get(group) ?? []));
}

/** The keys by what they belong to: a programme, a tier, or a key of the document. */
function grouped(entries: Entries): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const key of entries.keys()) {
    const [first = '', second = ''] = key.split('.');
    const group = first === 'programmes' || first === 'tiers' ? `${first}.${second}` : first;
    const keys = groups.get(group);
    if (keys) keys.push(key);
    else groups.set(group, [key]);
  }
  return groups;
}

/** The order of `b`; what only `a` has comes before the first thing that follows it in `a` and is in both. */
function merged(a: readonly string[], b: readonly string[]): string[] {
  const placeInA = new Map(a.map((key, place) => [key, place]));
  const inB = new Set(b);
  const order: string[] = [];
  let next = 0;
  const takeRemoved = (end: number): void => {
    for (; next < end; next++) {
      const key = a[next];
      if (key !== undefined && !inB.has(key)) order.push(key);
    }
  };
  for (const key of b) {
    takeRemoved(placeInA.get(key) ?? 0);
    order.push(key);
  }
  takeRemoved(a.length);
  return order;
}
