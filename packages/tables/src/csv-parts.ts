import { TextDecoder } from 'node:util';
import type { ColumnSpec, RawRow } from './columns.js';
import { MORE, rowEnd, sameCell, UNSURE } from './csv-lines.js';
import { type CsvForm, type CsvPart, readCsvPart } from './csv-part.js';
import { align } from './csv-rows.js';
import { csvScanner } from './csv-scanner.js';
import { readHeader } from './header.js';
import { batches, DEFAULT_ROW_LENGTH } from './table.js';
import { decodeFurther, encodingOfHead, SLICE, slicesOf } from './text-decoding.js';

/** How a CSV is cut. */
export interface PartsOptions {
  readonly columns: readonly ColumnSpec[];
  /** Index of the column whose equal cells in neighbouring rows belong together: no cut is made between those. */
  readonly key: number;
  /** Longest row, in characters after decoding (default 1 MiB). */
  readonly maxRowBytes?: number;
  /** A shorter file is not cut (default 256 KiB). */
  readonly leastBytes?: number;
  /** Groups of a part at most, as far as its bytes tell them apart (default 1000). */
  readonly groups?: number;
  /** Rows of a part at most, groups that are longer aside (default 5000). */
  readonly rows?: number;
  /** Memory of parts that nobody reads any more, to be used again: their `bytes`, whole. */
  readonly spare?: () => ArrayBuffer | undefined;
}

/** A CSV cut into parts that can be read each by itself, in any order, by any thread. */
export interface CsvParts {
  readonly warnings: readonly string[];
  readonly form: CsvForm;
  /**
   * In the order of the file. Ends with the file, or where a cut would not be sure any more: at a row over several lines, a broken quote, a
   * row or a group that is too long. To be called once. Throws whatever the input throws.
   */
  parts(): AsyncGenerator<CsvPart, void, undefined>;
  /** When the parts have ended: the rows that were in none. `before`: how many they held. Throws as `Table.rows` does. */
  rest(limits: { batchRows: number; maxRows: number; before: number }): AsyncIterable<RawRow[]>;
}

const LEAST_BYTES = 256 * 1024;
/** Bytes of a part at most, and thereby of each of its rows. */
const MOST_BYTES = 1_048_576;

/**
 * Reads the beginning of a CSV. Without parts when it is short, or when its encoding or its header is not plain to see: then `input`, all of
 * it once more, is to be read as one table. Throws whatever the input throws.
 */
export async function openCsvParts(
  input: AsyncIterable<Uint8Array>,
  options: PartsOptions,
): Promise<{ parts: CsvParts } | { parts: null; input: AsyncIterable<Uint8Array> }> {
  const { leastBytes = LEAST_BYTES } = options;
  const pieces: Uint8Array[] = [];
  const source = input[Symbol.asyncIterator]();
  for (let size = 0; size < leastBytes; ) {
    const next = await source.next();
    if (next.done) return { parts: null, input: chained(pieces, source) };
    pieces.push(next.value);
    size += next.value.length;
  }
  const head = Buffer.concat(pieces);
  const begun = beginning(head, options);
  if (begun === null) return { parts: null, input: chained([head], source) };
  return { parts: cutter(chained([head.subarray(begun.rowsAt)], source), begun, options) };
}

interface Beginning {
  form: CsvForm;
  warnings: string[];
  /** Where the second line begins. */
  rowsAt: number;
}

function beginning(head: Buffer, { columns, maxRowBytes = DEFAULT_ROW_LENGTH }: PartsOptions): Beginning | null {
  const decided = encodingOfHead(head);
  if (decided === null) return null;
  const { encoding, mark } = decided;
  const end = rowEnd(head, mark, head.length, false);
  if (end < 0 || end >= maxRowBytes || head.subarray(0, end).includes(0)) return null;
  const scanner = csvScanner(maxRowBytes);
  scanner.push(new TextDecoder(encoding, { ignoreBOM: true }).decode(head.subarray(mark, end + 1)));
  scanner.end();
  const header = scanner.next();
  if (header === null) return null;
  const warnings: string[] = [];
  try {
    const positions = readHeader(header, columns, warnings);
    const form = { encoding, positions, cells: header.cells.length, maxRowLength: maxRowBytes };
    return { form, warnings, rowsAt: end + 1 };
  } catch {
    // Whoever reads it as one table says what is wrong.
    return null;
  }
}

function cutter(input: AsyncIterable<Uint8Array>, { form, warnings }: Beginning, options: PartsOptions): CsvParts {
  const { key, groups: mostGroups = 1000, rows: mostRows = 5000, spare = () => undefined } = options;
  const source = slicesOf(input[Symbol.asyncIterator]());
  const most = Math.min(MOST_BYTES, form.maxRowLength);
  /** From here on the next place is taken that will do. */
  const enough = most * 0.6;
  const position = form.positions[key] ?? -1;
  /** From the beginning of the next part on; a slice more than a part fits. */
  let held = room();
  let filled = 0;
  /** Physical line with which it begins. */
  let line = 2;
  let whole = false;
  let unsure = position < 0;

  function room(): Uint8Array<ArrayBuffer> {
    const used = spare();
    return used === undefined ? new Uint8Array(MOST_BYTES + SLICE) : new Uint8Array(used);
  }

  /** Until so much is held, so that a long row in small pieces is not looked through for each of them. */
  async function readOn(wanted: number): Promise<void> {
    while (!whole && filled < wanted && filled <= most) {
      const next = await source.next();
      if (next.done) {
        whole = true;
      } else {
        held.set(next.value, filled);
        filled += next.value.length;
      }
    }
  }

  /** Hands out what is held up to `end`, of so many lines. */
  function cut(end: number, lines: number): CsvPart {
    const part = { bytes: held.subarray(0, end), line };
    const next = room();
    next.set(held.subarray(end, filled));
    held = next;
    filled -= end;
    line += lines;
    return part;
  }

  /** True when a group ends for certain with the row at `before`, and another begins with the one at `at`, which ends at `end`. */
  function parted({ before, at, end }: { before: number; at: number; end: number }): boolean {
    if (at === 0) return false;
    const found: RawRow[] = [];
    readCsvPart(form, held.subarray(before, end), 1, (row) => found.push(row));
    const [one, other] = found;
    if (one === undefined || other === undefined || one.malformed || other.malformed) return false;
    const left = one.cells[key] ?? '';
    const right = other.cells[key] ?? '';
    return left !== '' && right !== '' && left !== right;
  }

  /** Null at the end, and when nothing more can be cut for certain. */
  async function nextPart(): Promise<CsvPart | null> {
    let at = 0;
    let rows = 0;
    let groups = 0;
    let previous = -1;
    /** The last row with which another group seems to begin. */
    let change = { before: -1, at: 0, end: 0, lines: 0 };
    let tried = 0;
    while (!unsure) {
      if (whole && at >= filled) return filled === 0 ? null : cut(filled, rows);
      const end = rowEnd(held, at, filled, whole);
      if (end === MORE && filled <= most) {
        await readOn(at + Math.max(1, 2 * (filled - at)));
        continue;
      }
      if (end === UNSURE || end === MORE || end >= most || rows >= 2 * mostRows) {
        unsure = true;
        return change.at > tried && parted(change) ? cut(change.at, change.lines) : null;
      }
      const next = Math.min(end + 1, filled);
      if (previous < 0 || !sameCell(held, previous, at, next, position)) {
        groups++;
        change = { before: previous, at, end: next, lines: rows };
      }
      if ((groups > mostGroups || rows >= mostRows || end > enough) && change.at > tried) {
        if (parted(change)) return cut(change.at, change.lines);
        tried = change.at;
      }
      previous = at;
      at = next;
      rows++;
    }
    return null;
  }

  return {
    warnings,
    form,
    async *parts() {
      for (let part = await nextPart(); part !== null; part = await nextPart()) yield part;
    },
    rest({ batchRows, maxRows, before }) {
      const scanner = csvScanner(form.maxRowLength, line);
      scanner.expectCells(form.cells);
      const next = () => {
        const row = scanner.next();
        return row && align(row, form.positions);
      };
      const reader = { warnings, push: scanner.push, end: scanner.end, start: () => true, next };
      const texts = decodeFurther(chained([held.subarray(0, filled)], source), form.encoding);
      return batches({ reader, texts, close: async () => undefined }, batchRows, maxRows, before);
    },
  };
}

async function* chained(
  pieces: readonly Uint8Array[],
  more: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces;
  for (let next = await more.next(); !next.done; next = await more.next()) yield next.value;
}
