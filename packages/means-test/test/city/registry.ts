import { type Day, type LoadMode, parseDay, type RecordTypeName, regionPrefix } from '@hedui/contracts';
import type { CoverageEntry } from '@hedui/means-test';
import { BadCell, need } from './cells.js';
import type { CsvRow } from './csv.js';
import { type Held, readRecord } from './records.js';

/** One line of a city's loads.json. */
export interface LoadEntry {
  source: string;
  type: RecordTypeName;
  file: string;
  scope: string;
  asOf: string;
  mode: LoadMode;
}

/** A plain model of what loads do to one record type: whole files, one after the other, no streaming, no keys. */
export interface Registry {
  records: Map<string, { held: Held[]; scope: string }>;
  coverage: CoverageEntry[];
  loads: number;
}

export const emptyRegistry = (): Registry => ({ records: new Map(), coverage: [], loads: 0 });

/** Applies one load; gives the lines of the rejected rows. */
export function applyLoad(registry: Registry, load: LoadEntry, rows: readonly CsvRow[]): number[] {
  const rejected: number[] = [];
  const kept = new Set<string>();
  for (const row of rows) {
    const id = row.cells.record_id ?? '';
    try {
      const held = readRecord(load.type, row.cells);
      registry.records.set(id, { held, scope: load.scope });
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      rejected.push(row.line);
    }
    if (id !== '') kept.add(id);
  }
  if (load.mode === 'full') {
    const prefix = regionPrefix(load.scope);
    for (const [id, record] of registry.records) {
      if (!kept.has(id) && regionPrefix(record.scope).startsWith(prefix)) registry.records.delete(id);
    }
  }
  cover(registry, load);
  return rejected;
}

function cover(registry: Registry, load: LoadEntry): void {
  const seq = ++registry.loads;
  const before = registry.coverage.find((entry) => entry.scope === load.scope);
  registry.coverage = registry.coverage.filter((entry) => entry !== before);
  registry.coverage.push({
    source: load.source,
    recordType: load.type,
    scope: load.scope,
    mode: load.mode,
    asOf: need(parseDay(load.asOf), 'asOf') satisfies Day,
    seq,
    firstFullSeq: before?.firstFullSeq ?? (load.mode === 'full' ? seq : null),
  });
}
