import { HeduiError } from '@hedui/errors';
import type { ColumnSpec, RawRow } from './columns.js';
import { csvRows } from './csv-rows.js';
import { ndjsonRows } from './ndjson-rows.js';
import type { RowReader } from './row-reader.js';
import { decodeText } from './text-decoding.js';

export type TableFormat = 'csv' | 'ndjson';

export interface TableLimits {
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
}

export interface Table {
  /** In Chinese and English, without data of rows. With NDJSON complete only when `rows()` has ended. */
  readonly warnings: readonly string[];
  /**
   * All rows in order, in arrays of at most `batchRows`, the good and the malformed; reads on only when asked for more.
   * To be called once. Throws HeduiError ENCODING_INVALID or BODY_TOO_LARGE, and whatever `input` throws.
   */
  rows(): AsyncIterable<RawRow[]>;
}

const DEFAULT_ROW_LENGTH = 1_048_576;
const DEFAULT_BATCH_ROWS = 1000;

/**
 * Reads the beginning of a file; resolves once its header is known to be usable. Rejects with HeduiError FILE_EMPTY
 * (nothing but blank lines), HEADER_UNUSABLE (`errors` names the columns) or ENCODING_INVALID, and with whatever `input`
 * throws (a body that broke off).
 *
 * What is held in memory is bounded by the longest row, one window of a megabyte for the encoding, and one array of rows.
 * `input` is never closed here, so that a server can still answer on the connection it came from: whoever opened it
 * closes it.
 */
export async function openTable(input: AsyncIterable<Uint8Array>, options: TableOptions): Promise<Table> {
  const { maxRowBytes = DEFAULT_ROW_LENGTH, maxRows = Infinity, batchRows = DEFAULT_BATCH_ROWS } = options.limits ?? {};
  const reader =
    options.format === 'csv' ? csvRows(options.columns, maxRowBytes) : ndjsonRows(options.columns, maxRowBytes);
  const texts = decodeText(input[Symbol.asyncIterator]());
  while (!reader.start()) {
    if (await feed(reader, texts)) continue;
    if (reader.start()) break;
    throw new HeduiError('FILE_EMPTY');
  }
  return { warnings: reader.warnings, rows: () => batches(reader, texts, batchRows, maxRows) };
}

/** False when there is no more text; the reader knows it then. */
async function feed(reader: RowReader, texts: AsyncIterator<string>): Promise<boolean> {
  const piece = await texts.next();
  if (piece.done) reader.end();
  else reader.push(piece.value);
  return !piece.done;
}

async function* batches(
  reader: RowReader,
  texts: AsyncIterator<string>,
  batchRows: number,
  maxRows: number,
): AsyncGenerator<RawRow[], void, undefined> {
  let batch: RawRow[] = [];
  let count = 0;
  for (let more = true; ; more = await feed(reader, texts)) {
    for (let row = reader.next(); row; row = reader.next()) {
      count++;
      if (count > maxRows) throw new HeduiError('BODY_TOO_LARGE', { detail: `more than ${maxRows} rows` });
      batch.push(row);
      if (batch.length >= batchRows) {
        yield batch;
        batch = [];
      }
    }
    if (!more) break;
  }
  if (batch.length > 0) yield batch;
}
