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
}

/** More distinct unknown columns than this are not named. */
export const MAX_NAMED_COLUMNS = 20;

/** A warning about a column or key that is not known; `name` is already fit to be shown. */
export function unknownColumnWarning(name: string): string {
  return `忽略未知列 ${name} / unknown column ${name} is ignored`;
}
