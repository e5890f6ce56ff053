import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadMode, rejectsPageSchema } from '@hedui/contracts';
import { z } from 'zod';
import type { SourceDefinition } from '../../src/index.js';
import { startSource } from './source.js';

const city = fileURLToPath(new URL('../../../../tests/e2e/fixtures/hard-city', import.meta.url));
const loadsSchema = z.array(
  z.object({
    source: z.string(),
    type: z.string(),
    file: z.string(),
    scope: z.string(),
    asOf: z.string(),
    mode: z.enum(['delta', 'full']) satisfies z.ZodType<LoadMode>,
  }),
);
const rejectedSchema = z.array(
  z.object({ file: z.string(), rows: z.array(z.object({ line: z.int(), recordId: z.string(), reason: z.string() })) }),
);

export interface RejectsOfFile {
  file: string;
  /** `line record_id`, in the order of the file. */
  wanted: string[];
  found: string[];
  /** `reason code`, each once: which code a mistake of the city got. */
  codes: string[];
  counts: { read: number; applied: number; unchanged: number; rejected: number; superseded: number };
}

/** Loads all files that the hard city has for a source, in their order, and tells which rows were rejected. */
export async function hardCityRejects(definition: SourceDefinition): Promise<RejectsOfFile[]> {
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(path.join(city, name), 'utf8'));
  const loads = loadsSchema.parse(await read('loads.json'));
  const rejected = rejectedSchema.parse(await read('rejected_rows.json'));
  const source = await startSource(definition);
  try {
    const results: RejectsOfFile[] = [];
    for (const [at, { source: name, type, file, scope, asOf, mode }] of loads.entries()) {
      if (name !== definition.source) continue;
      const body = await readFile(path.join(city, file));
      const load = await source.load(type, body, { scope, asOf, mode, confirmWithdrawals: true });
      if (load.state === 'refused') throw new Error(`${file} was refused`);
      const page = rejectsPageSchema.parse((await source.get(`/v1/loads/${load.id}/rejects?limit=1000`)).json);
      const wanted = rejected[at]?.file === file ? rejected[at].rows : [];
      const reasons = new Map(wanted.map((row) => [row.line, row.reason]));
      results.push({
        file,
        wanted: wanted.map((row) => `${row.line} ${row.recordId}`),
        found: [...new Set(page.items.map((row) => `${row.line} ${row.ref ?? ''}`))],
        codes: [...new Set(page.items.map((row) => `${reasons.get(row.line ?? 0)} ${row.code}`))],
        counts: load.counts,
      });
    }
    await source.allSent();
    return results;
  } finally {
    await source.close();
  }
}
