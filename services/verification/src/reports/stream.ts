import { isReachable } from '@hedui/contracts';
import type { CallerReach } from '../access/reach.js';
import type { StoredBatch } from '../db/batches.js';
import { chunkNumbers, visiblePlaces } from '../db/chunks.js';
import { readReportParts } from '../db/reports.js';
import type { Deps } from '../deps.js';
import { openChunk, reportsOf } from './report.js';

/** Characters handed over at once: a line by itself costs as much to pass on as to make. */
const TEXT_AT_ONCE = 65_536;
/** A reader who takes nothing for so long gets its chunk opened anew when it goes on: an open one takes some four megabytes. */
const KEPT_OPEN_MS = 1_000;

/** What is left of a chunk's reports, with their places. */
export type OpenReports = ReturnType<typeof reportsOf>;

/**
 * The reports that a batch has now and that the caller may see, one JSON object a line, in the order of the file. A chunk is opened when the reader is
 * ready for it and closed while it is not, so memory holds no chunk for those who stand still, however many they are and however large the batch.
 */
export async function* batchReports(
  deps: Pick<Deps, 'ring' | 'pseudonyms'>,
  batch: StoredBatch,
  reach: CallerReach,
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (batch.state === 'receiving') return;
  for (const no of await reach.read((db) => chunkNumbers(db, batch.id, 'reported'))) {
    if (signal.aborted) return;
    yield* reportsOfChunk((after) => openReports(deps, no, reach, after), signal);
  }
}

/** The reports of a chunk that the caller may see and that stand behind the place `after`; null when it cannot be opened any more. */
async function openReports(
  { ring, pseudonyms }: Pick<Deps, 'ring' | 'pseudonyms'>,
  no: number,
  { reachable, read }: CallerReach,
  after: number,
): Promise<OpenReports | null> {
  const { parts, places } = await read(async (db) => ({
    parts: await readReportParts(db, no),
    places: await visiblePlaces(db, no),
  }));
  const chunk = parts && openChunk(parts, ring, pseudonyms);
  if (!chunk) return null;
  const { owner } = parts;
  const visible = places.filter((h) => h.place > after && isReachable({ ...h, owner }, reachable));
  return reportsOf(chunk, new Set(visible.map(({ place }) => place)));
}

/** The lines of one chunk. `open`: its reports behind a place; asked for again when the reader took nothing for `keptOpenMs`. */
export async function* reportsOfChunk(
  open: (after: number) => Promise<OpenReports | null>,
  signal: AbortSignal,
  keptOpenMs = KEPT_OPEN_MS,
): AsyncGenerator<string> {
  const held: { reports: OpenReports | null } = { reports: null };
  let after = -1;
  for (;;) {
    held.reports ??= await open(after);
    if (held.reports === null) return;
    const { lines, last } = take(held.reports);
    if (last === null) return;
    after = last;
    const closing = setTimeout(() => {
      held.reports = null;
    }, keptOpenMs);
    try {
      yield lines;
    } finally {
      clearTimeout(closing);
    }
    if (signal.aborted) return;
  }
}

/** Some of the lines that are left, and the place of the last of them; null when nothing is left. */
function take(reports: OpenReports): { lines: string; last: number | null } {
  let lines = '';
  let last: number | null = null;
  while (lines.length < TEXT_AT_ONCE) {
    const { done, value } = reports.next();
    if (done) break;
    lines += `${JSON.stringify(value.report)}\n`;
    last = value.place;
  }
  return { lines, last };
}
