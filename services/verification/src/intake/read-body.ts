import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Day, Reachable } from '@hedui/contracts';
import type { Policy } from '@hedui/means-test';
import type { Pseudonyms } from '@hedui/privacy';
import { type CsvParts, openCsvParts, openTable, type RawRow, type TableFormat, tooManyRows } from '@hedui/tables';
import type { Deps } from '../deps.js';
import type { createBatchWriter } from './batch-writer.js';
import { AT, BATCH_COLUMNS } from './columns.js';
import { createGrouper, type RowGroup } from './groups.js';
import { createJudge } from './judge-household.js';
import type { ReadPart } from './parts/part.js';
import type { PartLane } from './parts/threads.js';

type BatchWriter = Pick<ReturnType<typeof createBatchWriter>, 'accept' | 'reject' | 'adopt'>;

/** What is known of a batch before its body is read. */
export interface BodyRequest {
  asOf: Day;
  policy: Policy;
  /** Of whoever submits it: what lies outside is rejected, and the batch is that department's. */
  reach: Reachable;
  format: TableFormat;
}

/** What a batch is read under, once it has begun. */
interface Under {
  sent: Pseudonyms;
  /** Of `createRefHash`. */
  refKey: Uint8Array;
}

/** The body of a batch whose header is known to be usable. */
export interface BatchBody {
  /** Complete when it has been read. */
  readonly warnings: readonly string[];
  /** Reads it to its end. Throws what `Table.rows` throws. */
  readInto(writer: BatchWriter, under: Under): Promise<void>;
  /** For a body that is not read. */
  close(): Promise<void>;
}

/**
 * Rows of one array: between two arrays the event loop gets its turn. Few, for the chunk before is being stored meanwhile, and each of its
 * steps waits for a turn: at five hundred rows storing took longer than reading the next chunk, and reading waited for it.
 */
const ROWS_AT_ONCE = 100;

/**
 * Opens a body. A CSV that is not short is cut into parts of some thousand households, which threads read beside this one; what cannot be cut
 * for certain, and every other format, is read here. Throws HeduiError: FILE_EMPTY, HEADER_UNUSABLE, ENCODING_INVALID, BODY_TOO_LARGE.
 */
export async function openBody(
  deps: Pick<Deps, 'settings' | 'pseudonyms' | 'partThreads'>,
  bytes: AsyncIterable<Uint8Array>,
  request: BodyRequest,
): Promise<BatchBody> {
  const { settings, partThreads } = deps;
  const limits = { maxRows: settings.maxRows, batchRows: ROWS_AT_ONCE };
  let input = bytes;
  if (request.format === 'csv' && partThreads !== null) {
    const opened = await openCsvParts(bytes, {
      columns: BATCH_COLUMNS,
      key: AT.household_ref,
      spare: partThreads.spare,
    });
    if (opened.parts !== null) {
      const { parts } = opened;
      const { warnings } = parts;
      return {
        warnings,
        close: async () => undefined,
        async readInto(writer, { sent, refKey }) {
          const { regions, purposes } = request.reach;
          const own = deps.pseudonyms.version === sent.version ? null : deps.pseudonyms.householdKeys();
          const lane = partThreads.open({
            ...{ form: parts.form, policy: request.policy, asOf: request.asOf, reach: { regions, purposes } },
            ...{ maxHouseholdRows: settings.maxHouseholdRows, sent: sent.householdKeys(), own, refKey },
          });
          try {
            const before = await readParts(parts, lane, writer, limits.maxRows);
            await readRows(deps, request, parts.rest({ ...limits, before }), writer);
          } finally {
            lane.close();
          }
        },
      };
    }
    input = opened.input;
  }
  const table = await openTable(input, { format: request.format, columns: BATCH_COLUMNS, limits });
  return {
    warnings: table.warnings,
    close: table.close,
    readInto: (writer) => readRows(deps, request, table.rows(), writer),
  };
}

/** Has the parts read, and takes them in in their order; how many rows they held. */
async function readParts(parts: CsvParts, lane: PartLane, writer: BatchWriter, maxRows: number): Promise<number> {
  const underWay: Promise<ReadPart>[] = [];
  let rows = 0;
  async function takeFirst(): Promise<void> {
    const first = underWay.shift();
    if (first === undefined) return;
    const part = await first;
    rows += part.rows;
    if (rows > maxRows) throw tooManyRows(maxRows);
    await writer.adopt(part);
  }
  const source = parts.parts();
  for (;;) {
    const next = await source.next().catch(async (error: unknown) => {
      // What is wrong before the place where the body broke off comes first.
      while (underWay.length > 0) await takeFirst();
      throw error;
    });
    if (next.done) break;
    const read = lane.read(next.value);
    // Met when its turn comes; until then it must not count as unhandled.
    read.catch(() => undefined);
    underWay.push(read);
    if (underWay.length >= lane.width) await takeFirst();
  }
  while (underWay.length > 0) await takeFirst();
  return rows;
}

async function readRows(
  { settings }: Pick<Deps, 'settings'>,
  { policy, asOf, reach }: Omit<BodyRequest, 'format'>,
  source: AsyncIterable<RawRow[]>,
  writer: BatchWriter,
): Promise<void> {
  const judge = createJudge(policy, asOf, reach);
  const grouper = createGrouper(settings.maxHouseholdRows);
  const take = async (groups: readonly RowGroup[]) => {
    for (const group of groups) {
      const judgement = judge(group);
      const full = judgement.ok ? writer.accept(judgement.household) : writer.reject(group, judgement.rejects);
      if (full !== null) await full;
    }
  };
  for await (const rows of source) {
    for (const row of rows) {
      const groups = grouper.push(row);
      if (groups.length > 0) await take(groups);
    }
    await yieldToOthers();
  }
  await take(grouper.end());
}
