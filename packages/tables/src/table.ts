import { HeduiError } from '@hedui/errors';
import { type RowsOfBlocks, rowsOfBlocks } from './block-rows.js';
import type { BlockMemory } from './blocks.js';
import type { ColumnSpec, RawRow } from './columns.js';
import { csvRows } from './csv-rows.js';
import { ndjsonRows } from './ndjson-rows.js';
import type { RowReader } from './row-reader.js';
import { slicesOf, type TextDecoding, textDecoding } from './text-decoding.js';
import { openSheet, type WorkbookLimits } from './xlsx/open-sheet.js';

export type TableFormat = 'csv' | 'ndjson' | 'xlsx';

/** `WorkbookLimits` are for XLSX. */
export interface TableLimits extends WorkbookLimits {
  /** Longest row, in characters after decoding (default 1 MiB). A longer one is malformed. */
  readonly maxRowBytes?: number;
  /** More rows than this: BODY_TOO_LARGE. Without a limit by default. */
  readonly maxRows?: number;
  /** Rows per array of `rows()` (default 1000). */
  readonly batchRows?: number;
}

export interface TableOptions {
  readonly format: TableFormat;
  readonly columns: readonly ColumnSpec[];
  readonly limits?: TableLimits;
  /** XLSX: where the file lies, without a name, while it is read (default: the system's folder for temporary files). */
  readonly spoolDirectory?: string;
}

export interface Table {
  /** In Chinese and English, without data of rows. With NDJSON and XLSX complete only when `rows()` has ended. */
  readonly warnings: readonly string[];
  /**
   * All rows in order, in arrays of at most `batchRows`, the good and the malformed; reads on only when asked for more.
   * To be called once. Throws HeduiError ENCODING_INVALID, FILE_UNREADABLE or BODY_TOO_LARGE, and whatever `input` throws.
   */
  rows(): AsyncIterable<RawRow[]>;
  /**
   * In place of `rows()`: of a CSV only the rows of blocks that are not known, and which blocks they are. Other formats have no blocks, and all of their
   * rows are read; so are those of a CSV without a memory.
   */
  rowsOfBlocks(memory: BlockMemory | null): AsyncIterable<RowsOfBlocks>;
  /**
   * Gives back what XLSX holds open; `rows()` does so itself when it ends, fails or is left. For callers that may give up
   * between opening a table and reading it. May be called again; CSV and NDJSON hold nothing.
   */
  close(): Promise<void>;
}

export const DEFAULT_ROW_LENGTH = 1_048_576;
const DEFAULT_BATCH_ROWS = 1000;
/** An array of rows ends early at so many characters: a thousand of the longest rows would be a gigabyte. */
const BATCH_CHARACTERS = 4_194_304;

/**
 * Reads the beginning of a file; resolves once its header is known to be usable. Rejects with HeduiError FILE_EMPTY
 * (nothing but blank lines), HEADER_UNUSABLE (`errors` names the columns) or ENCODING_INVALID, and with whatever `input`
 * throws (a body that broke off). XLSX, which is taken in whole before its first row is known: also with FILE_UNREADABLE,
 * BODY_TOO_LARGE or STORAGE_UNAVAILABLE (the temporary file).
 *
 * What is held in memory is bounded by the longest row, one window of a megabyte for the encoding, and one array of rows;
 * of XLSX also by its shared strings. `input` is never closed here, so that a server can still answer on the connection it
 * came from: whoever opened it closes it.
 */
export async function openTable(input: AsyncIterable<Uint8Array>, options: TableOptions): Promise<Table> {
  const { maxRows = Infinity, batchRows = DEFAULT_BATCH_ROWS } = options.limits ?? {};
  const source = await openSource(input[Symbol.asyncIterator](), options);
  try {
    while (!source.reader.start()) {
      if (await feed(source)) continue;
      if (source.reader.start()) break;
      throw new HeduiError('FILE_EMPTY');
    }
  } catch (error) {
    await source.close();
    throw error;
  }
  return {
    warnings: source.reader.warnings,
    rows: () => batches(source, batchRows, maxRows),
    rowsOfBlocks(memory) {
      const { reader, bytes } = source;
      const { place } = reader;
      if (!bytes || !place || !memory) return withoutBlocks(batches(source, batchRows, maxRows));
      return rowsOfBlocks({ reader, place, ...bytes }, memory, {
        batchRows,
        batchCharacters: BATCH_CHARACTERS,
        maxRows,
      });
    },
    close: source.close,
  };
}

async function* withoutBlocks(rows: AsyncIterable<RawRow[]>): AsyncGenerator<RowsOfBlocks, void, undefined> {
  for await (const batch of rows) yield { rows: batch, blocks: [] };
}

/** Where rows come from. */
export interface Source {
  readonly reader: RowReader;
  readonly texts: AsyncIterator<string>;
  /** Where texts come from, of formats that are text. */
  readonly bytes?: { readonly slices: AsyncIterator<Uint8Array>; readonly decoding: TextDecoding };
  close(): Promise<void>;
}

async function openSource(input: AsyncIterator<Uint8Array>, options: TableOptions): Promise<Source> {
  const { format, columns, limits = {}, spoolDirectory } = options;
  const { maxRowBytes = DEFAULT_ROW_LENGTH } = limits;
  if (format === 'xlsx') return await openSheet(input, columns, maxRowBytes, { ...limits, spoolDirectory });
  const reader = format === 'csv' ? csvRows(columns, maxRowBytes) : ndjsonRows(columns, maxRowBytes);
  const bytes = { slices: slicesOf(input), decoding: textDecoding() };
  return { reader, texts: textsOf(bytes), bytes, close: async () => {} };
}

/** One text for each slice, so that all of what was decoded has been handed on when somebody else goes on reading from `slices`. */
async function* textsOf({ slices, decoding }: NonNullable<Source['bytes']>): AsyncGenerator<string, void, undefined> {
  for (let next = await slices.next(); !next.done; next = await slices.next()) {
    const text = decoding.push(next.value).join('');
    if (text !== '') yield text;
  }
  yield* decoding.end();
}

/** BODY_TOO_LARGE. */
export const tooManyRows = (maxRows: number): HeduiError =>
  new HeduiError('BODY_TOO_LARGE', { detail: `more than ${maxRows} rows` });

/** False when there is no more text; the reader knows it then. */
async function feed({ reader, texts }: Source): Promise<boolean> {
  const piece = await texts.next();
  if (piece.done) reader.end();
  else reader.push(piece.value);
  return !piece.done;
}

/** Its rows in arrays; `before`: rows that were read elsewhere and count. */
export async function* batches(
  source: Source,
  batchRows: number,
  maxRows: number,
  before = 0,
): AsyncGenerator<RawRow[], void, undefined> {
  const { reader } = source;
  let batch: RawRow[] = [];
  let characters = 0;
  let count = before;
  try {
    for (let more = true; ; more = await feed(source)) {
      for (let row = reader.next(); row; row = reader.next()) {
        count++;
        if (count > maxRows) throw tooManyRows(maxRows);
        batch.push(row);
        for (const cell of row.cells) characters += cell.length;
        if (batch.length >= batchRows || characters >= BATCH_CHARACTERS) {
          yield batch;
          batch = [];
          characters = 0;
        }
      }
      if (!more) break;
    }
    if (batch.length > 0) yield batch;
  } finally {
    await source.close();
  }
}
