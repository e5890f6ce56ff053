import { type Client, inTransaction, type Pool } from '@hedui/postgres';
import type { Pseudonyms, Sealer } from '@hedui/privacy';
import type { RawRow, RowsOfBlocks } from '@hedui/tables';
import { stageBlocks, stageHeld } from '../db/known-blocks.js';
import { touchLoad } from '../db/loads.js';
import { addRejects, rejectEncoder } from '../db/rejects.js';
import { addEvidence, stagedEncoder, stageNames, stageRows, unknownNames } from '../db/staging.js';
import type { RecordTypeDefinition } from '../definition.js';
import type { HeldSlots, LoadBlocks, NewBlock } from './block-memory.js';
import { chunkNumber, gatherEvidence, sealEvidence, sealName } from './evidence.js';
import { judgeRows } from './judge.js';
import { type PreparedRow, prepareRows, type Who } from './pseudonymise.js';
import type { RecordIds } from './record-ids.js';

export interface IntakeParts {
  pool: Pool;
  sealer: Sealer;
  pseudonyms: Pseudonyms;
  digestKey: Buffer;
  ids: RecordIds;
}

/** Known names are remembered within a load, up to so many. */
const KEPT_NAMES = 200_000;

/** Rows in a batch, unless they are long ones. What is sealed of a batch is one value. */
export const BATCH_ROWS = 2_000;
/** So many rows, or bytes of them, are written in one transaction: each transaction costs as much as a hundred rows. */
const WRITTEN_ROWS = 4_000;
const WRITTEN_BYTES = 2 ** 21;

/** While the database writes one part of the file, the next one is judged: at most two are in memory. */
export async function stageTable(
  parts: IntakeParts,
  type: RecordTypeDefinition,
  { no, allNew, blocks }: Pick<StagedPart, 'no' | 'allNew'> & { blocks: LoadBlocks | null },
  batches: AsyncIterable<RowsOfBlocks>,
): Promise<{ read: number; rejected: number; recognised: number; inOrder: boolean }> {
  const prepare = prepareRows(type, parts.pseudonyms, parts.digestKey, parts.ids);
  const judge = judgeRows(type, prepare, parts.ids);
  const names = createNames();
  const encoder = stagedEncoder();
  const evidence = gatherEvidence();
  const rejects = rejectEncoder(no);
  const counts = { read: 0, rejected: 0, recognised: 0, inOrder: true };
  let lastId = '';
  let chunks: EvidenceChunk[] = [];
  let chunkCount = 0;
  let good: NewBlock[] = [];
  /** Rows that wait to be written, good or not, and bytes of evidence. */
  let waiting = { rows: 0, bytes: 0 };
  /** The failure of the part that is being written, once that is known. */
  let writing: Promise<unknown> = Promise.resolve(null);
  const written = async () => {
    const failure = await writing;
    if (failure) throw failure;
  };
  const write = async () => {
    // Bytes wait for the database, not rows: what is kept long is what the collector of garbage is slow with.
    const staged: StagedPart = {
      no,
      rejects: rejects.take(),
      names: names.take(),
      allNew,
      rows: chunks.length === 0 ? null : { encoded: encoder.take(), chunks },
      blocks: good,
      held: blocks?.take() ?? [],
    };
    chunks = [];
    good = [];
    waiting = { rows: 0, bytes: 0 };
    if (staged.rows === null && staged.rejects === null && staged.held.length === 0) return;
    await written();
    writing = writePart(parts, staged).then(
      () => null,
      (error: unknown) => error ?? new Error('staging failed'),
    );
  };
  try {
    for await (const batch of batches) {
      const chunk = chunkNumber(no, chunkCount);
      let at = 0;
      const takeRow = (row: PreparedRow) => {
        if (row.recordId <= lastId) counts.inOrder = false;
        lastId = row.recordId;
        names.note(row.person);
        if (row.other) names.note(row.other);
        encoder.add(row, chunk, at++);
        evidence.add(row.evidence);
      };
      // A block with a rejected row is judged again in every load, so that its faults are told again.
      for (const { rows, mark } of blockByBlock(batch)) {
        const firstAt = at;
        const { rejected } = judge(rows, takeRow, rejects.add);
        if (mark && rejected === 0) good.push({ hash: mark, chunk, firstAt, rows: rows.length });
        counts.rejected += rejected;
      }
      counts.read += batch.rows.length;
      waiting.rows += batch.rows.length;
      waiting.bytes += evidence.length;
      if (at > 0) {
        chunks.push({ chunk, packed: evidence.take() });
        chunkCount++;
      }
      const bytes = waiting.bytes + encoder.length + rejects.length;
      // A batch of fewer rows is the last, or one of long rows: nothing more is gathered beside these.
      if (batch.rows.length < BATCH_ROWS || waiting.rows >= WRITTEN_ROWS || bytes >= WRITTEN_BYTES) await write();
    }
    await write();
  } finally {
    await writing;
  }
  await written();
  counts.recognised = blocks?.heldRows ?? 0;
  counts.read += counts.recognised;
  return counts;
}

/** The rows of each block, and those between. */
function* blockByBlock({ rows, blocks }: RowsOfBlocks): Generator<{ rows: RawRow[]; mark: Buffer | null }> {
  let from = 0;
  for (const block of blocks) {
    if (block.from > from) yield { rows: rows.slice(from, block.from), mark: null };
    from = block.from + block.rows;
    yield { rows: rows.slice(block.from, from), mark: block.mark };
  }
  if (from < rows.length) yield { rows: from === 0 ? rows : rows.slice(from), mark: null };
}

/** What is kept of the rows of a batch as evidence, packed. */
interface EvidenceChunk {
  chunk: number;
  packed: Buffer;
}

interface StagedPart {
  no: number;
  /** Faults as they are written; null: there are none. */
  rejects: Buffer | null;
  names: readonly Who[];
  /** None of them can be known already. */
  allNew: boolean;
  /** The good rows as they are staged, and their evidence; null: none is good. */
  rows: { encoded: Buffer; chunks: readonly EvidenceChunk[] } | null;
  /** Blocks that consist of good rows of the chunks. */
  blocks: readonly NewBlock[];
  /** Rows of known blocks. */
  held: readonly HeldSlots[];
}

async function writePart(parts: IntakeParts, part: StagedPart): Promise<void> {
  const { no, rows } = part;
  await inTransaction(parts.pool, async (client) => {
    if (!(await touchLoad(client, no))) throw new Error('the load was given up while its body was coming');
    if (part.rejects !== null) await addRejects(client, part.rejects);
    await stageHeld(client, no, part.held);
    await stageUnknownNames(client, parts.sealer, part);
    if (rows === null) return;
    for (const { chunk, packed } of rows.chunks) {
      await addEvidence(client, chunk, no, sealEvidence(parts.sealer, chunk, packed));
    }
    await stageRows(client, no, rows.encoded);
    await stageBlocks(client, no, part.blocks);
  });
}

/** Who was named, each (person, name) once, as far as those of before are remembered. */
function createNames() {
  const seen = new Set<string>();
  let unseen: Who[] = [];
  let last: Who | null = null;
  return {
    note(who: Who): void {
      if (who === last) return;
      last = who;
      const pair = who.personKey.toString('latin1') + who.nameKey.toString('latin1');
      if (seen.has(pair)) return;
      seen.add(pair);
      unseen.push(who);
    },
    /** Those who were not named before the last `take`. */
    take(): Who[] {
      const taken = unseen;
      unseen = [];
      if (seen.size > KEPT_NAMES) seen.clear();
      return taken;
    },
  };
}

/** Names that became known since `allNew` was asked are kept once all the same. */
async function stageUnknownNames(
  client: Client,
  sealer: Sealer,
  { no, names, allNew }: Pick<StagedPart, 'no' | 'names' | 'allNew'>,
): Promise<void> {
  if (names.length === 0) return;
  const unknown = allNew ? names : (await unknownNames(client, names)).flatMap((at) => names[at] ?? []);
  const sealed = unknown.map(({ personKey, nameKey, identity, name }) => ({
    personKey,
    nameKey,
    sealed: sealName(sealer, personKey, nameKey, identity, name),
  }));
  await stageNames(client, no, sealed);
}
