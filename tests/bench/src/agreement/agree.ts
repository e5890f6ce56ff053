import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { reportSchema } from '@hedui/contracts';
import { type Line, lineOfReport } from './canonical.js';

/** How a comparator's reports stand to Hedui's. */
export interface Agreement {
  /** Households that both have. */
  compared: number;
  differing: number;
  /** Households that only one of the two has. */
  missing: number;
  unexpected: number;
  /** The first few differing households: both lines. */
  examples: { ref: string; expected: string; got: string }[];
}

const EXAMPLES = 5;
const digest = (text: string): string => createHash('sha256').update(text).digest('base64').slice(0, 24);

/** Digests of the reports of a batch by household, to be held against any number of comparators: 1,000,000 take about 150 MB. */
export async function digests(lines: AsyncIterable<Line>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { ref, text } of lines) {
    if (found.has(ref)) throw new Error(`household ${ref} has two reports`);
    found.set(ref, digest(text));
  }
  return found;
}

/** Hedui's reports, from the NDJSON file that the installation gave. */
export async function* exportedReports(file: string): AsyncGenerator<Line> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield lineOfReport(reportSchema.parse(JSON.parse(line)));
  }
}

/** Holds a comparator's reports against the expected ones; `again` gives the expected lines once more, for the examples. */
export async function agree(
  expected: ReadonlyMap<string, string>,
  stored: AsyncIterable<Line>,
  again: () => AsyncIterable<Line>,
): Promise<Agreement> {
  const result: Agreement = { compared: 0, differing: 0, missing: 0, unexpected: 0, examples: [] };
  const wrong = new Map<string, string>();
  const seen = new Set<string>();
  for await (const { ref, text } of stored) {
    const wanted = expected.get(ref);
    if (seen.has(ref) || wanted === undefined) {
      result.unexpected++;
      continue;
    }
    seen.add(ref);
    result.compared++;
    if (wanted === digest(text)) continue;
    result.differing++;
    if (wrong.size < EXAMPLES) wrong.set(ref, text);
  }
  result.missing = expected.size - seen.size;
  if (wrong.size > 0) {
    for await (const { ref, text } of again()) {
      const got = wrong.get(ref);
      if (got !== undefined) result.examples.push({ ref, expected: text, got });
    }
  }
  return result;
}

/** Throws with examples unless every household agrees. */
export function insist(name: string, result: Agreement): void {
  const { compared, differing, missing, unexpected, examples } = result;
  if (differing + missing + unexpected === 0 && compared > 0) return;
  const shown = examples.map((e) => `${e.ref}\n  expected ${e.expected}\n  got      ${e.got}`).join('\n');
  throw new Error(
    `${name} disagrees: of ${compared} households compared ${differing} differ, ${missing} are missing, ${unexpected} are unexpected\n${shown}`,
  );
}
