import { type LoadMode, regionPrefix } from '@hedui/contracts';

/** A row of a model file: of a person (by number), or faulty, with or without a readable id. */
export interface ModelRow {
  id: string;
  person: number;
  amount: number;
  faulty: boolean;
}

export interface ModelLoad {
  scope: string;
  mode: LoadMode;
  rows: ModelRow[];
}

export interface ModelRecord {
  person: number;
  amount: number;
  scopePrefix: string;
}

/** The rules of loads once more, in the plainest way: a map of records, changed in place. Returns the counts. */
export function applyToModel(records: Map<string, ModelRecord>, load: ModelLoad) {
  const counts = { read: load.rows.length, applied: 0, unchanged: 0, withdrawn: 0, rejected: 0, superseded: 0 };
  const scopePrefix = regionPrefix(load.scope);
  const winners = new Map<string, ModelRow>();
  const held = new Set<string>();
  for (const row of load.rows) {
    if (row.faulty) {
      counts.rejected++;
      held.add(row.id);
    } else {
      if (winners.has(row.id)) counts.superseded++;
      winners.set(row.id, row);
    }
  }
  if (load.mode === 'full') {
    for (const [id, record] of records) {
      if (!record.scopePrefix.startsWith(scopePrefix) || winners.has(id) || held.has(id)) continue;
      records.delete(id);
      counts.withdrawn++;
    }
  }
  for (const [id, { person, amount }] of winners) {
    const before = records.get(id);
    if (before?.person === person && before.amount === amount) counts.unchanged++;
    else counts.applied++;
    records.set(id, { person, amount, scopePrefix });
  }
  return counts;
}

/** A repeatable stream of whole numbers below `n` (mulberry32). */
export function numbers(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}
