import { HeduiError } from '@hedui/errors';
import type { Block, BlockMemory } from './blocks.js';
import { blockCutter } from './blocks.js';
import type { RawRow } from './columns.js';
import type { BlockPlace, RowReader } from './row-reader.js';
import type { TextDecoding } from './text-decoding.js';

/** Rows, and which of them are the rows of a block that was not known. */
export interface RowsOfBlocks {
  readonly rows: RawRow[];
  /** In order. A block whose rows depend on what stands before or behind it, and one without rows, is not among them. */
  readonly blocks: readonly RowsOfBlock[];
}

export interface RowsOfBlock {
  readonly mark: Buffer;
  /** Index of its first row, and how many there are. */
  readonly from: number;
  readonly rows: number;
}

export interface BlockSource {
  readonly reader: RowReader;
  /** Of the reader: where blocks can be passed over. */
  readonly place: BlockPlace;
  readonly decoding: TextDecoding;
  readonly slices: AsyncIterator<Uint8Array>;
}

export interface BatchLimits {
  readonly batchRows: number;
  readonly batchCharacters: number;
  readonly maxRows: number;
}

/**
 * The rows of a CSV but for those of known blocks. A block is passed over, or told of, only where the reader has read everything before it to the
 * end of a row and knows the encoding: its rows are the same then wherever it stands. What begins within a row, as behind a
 * quote that is still open, is read as if nothing were known.
 */
export async function* rowsOfBlocks(
  { reader, place, decoding, slices }: BlockSource,
  memory: BlockMemory,
  limits: BatchLimits,
): AsyncGenerator<RowsOfBlocks, void, undefined> {
  const cutter = blockCutter(false);
  let rows: RawRow[] = [];
  let blocks: RowsOfBlock[] = [];
  let characters = 0;
  let count = 0;
  let begun = false;

  /** Takes the rows that are ready, up to a full batch if `bounded`; true: the batch is full. */
  function drain(bounded: boolean): boolean {
    const full = () => rows.length >= limits.batchRows || characters >= limits.batchCharacters;
    while (!(bounded && full())) {
      const row = reader.next();
      if (!row) break;
      count++;
      if (count > limits.maxRows)
        throw new HeduiError('BODY_TOO_LARGE', { detail: `more than ${limits.maxRows} rows` });
      rows.push(row);
      for (const cell of row.cells) characters += cell.length;
    }
    return full();
  }
  function take(): RowsOfBlocks {
    const taken = { rows, blocks };
    rows = [];
    blocks = [];
    characters = 0;
    return taken;
  }
  /** The block's mark; null: it is known; undefined: it cannot be told from its bytes alone what its rows are. */
  function markOf(block: Block): Buffer | null | undefined {
    if (!block.whole || decoding.encoding === null || !place.betweenRows()) return undefined;
    if (!begun) memory.begin(`${decoding.encoding} ${place.context()}`);
    begun = true;
    return memory.recognise(block.bytes, place.line(), block.lines);
  }

  while (drain(true)) yield take();
  for (;;) {
    const next = await slices.next();
    for (const block of next.done ? cutter.end() : cutter.push(next.value)) {
      const mark = markOf(block);
      if (mark === null) {
        place.passOver(block.lines);
        continue;
      }
      const from = rows.length;
      for (const text of decoding.push(block.bytes)) {
        reader.push(text);
        while (drain(mark === undefined)) {
          if (mark !== undefined) break;
          yield take();
        }
      }
      if (mark && place.betweenRows() && rows.length > from) blocks.push({ mark, from, rows: rows.length - from });
      if (drain(true)) yield take();
    }
    if (next.done) break;
  }
  for (const text of decoding.end()) {
    reader.push(text);
    while (drain(true)) yield take();
  }
  reader.end();
  while (drain(true)) yield take();
  if (rows.length > 0) yield take();
}
