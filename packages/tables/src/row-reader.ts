import type { RawRow } from './columns.js';

/** Turns text into rows, piece by piece. Both formats have one; `table.ts` feeds it. */
export interface RowReader {
  push(text: string): void;
  end(): void;
  /**
   * True once it is known that the input can be used at all (header, first object). Throws HEADER_UNUSABLE
   * (HeduiError) when it cannot. False: more text is needed, or after `end` that there is nothing but blank lines.
   */
  start(): boolean;
  /** The next row, or null when more text is needed. */
  next(): RawRow | null;
  readonly warnings: readonly string[];
  /** Of formats in which whole lines can be passed over. */
  readonly place?: BlockPlace;
}

/** Where a reader stands. */
export interface BlockPlace {
  /** All text that was pushed has been read, to the end of a row. */
  betweenRows(): boolean;
  /** The physical line that comes next, while `betweenRows`. */
  line(): number;
  /** So many lines are not pushed: only while `betweenRows`. */
  passOver(lines: number): void;
  /** What the cells of a row depend on beside its text, once the header is known. */
  context(): string;
}

/** More distinct unknown columns than this are not named. */
export const MAX_NAMED_COLUMNS = 20;

/** A warning about a column or key that is not known; `name` is already fit to be shown. */
export function unknownColumnWarning(name: string): string {
  return `忽略未知列 ${name} / unknown column ${name} is ignored`;
}
