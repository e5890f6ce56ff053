import { TextDecoder } from 'node:util';
import type { RawRow } from './columns.js';
import { align } from './csv-rows.js';
import { csvScanner } from './csv-scanner.js';
import type { TextEncoding } from './steady-decoder.js';
import { refuseNul } from './text-decoding.js';

/** What the beginning of a CSV says of all that follows. Holds nothing but data, so that it can be sent to another thread. */
export interface CsvForm {
  readonly encoding: TextEncoding;
  /** For each column its position in the file, −1 for one that the file does not have. */
  readonly positions: readonly number[];
  /** Cells of the header. */
  readonly cells: number;
  /** Longest row in UTF-16 units. */
  readonly maxRowLength: number;
}

/** Whole rows of a CSV, next to each other. */
export interface CsvPart {
  /** To be used whole: it shares its memory with nothing. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Physical line of the file with which it begins. */
  readonly line: number;
}

/** Reads the rows of a part, as they would be read with the whole file. Throws ENCODING_INVALID for NUL bytes. */
export function readCsvPart(form: CsvForm, bytes: Uint8Array, line: number, take: (row: RawRow) => void): void {
  refuseNul(bytes);
  const scanner = csvScanner(form.maxRowLength, line);
  scanner.expectCells(form.cells);
  // A byte order mark in the midst of a file is a character like any other.
  scanner.push(new TextDecoder(form.encoding, { ignoreBOM: true }).decode(bytes));
  scanner.end();
  for (let row = scanner.next(); row; row = scanner.next()) take(align(row, form.positions));
}
