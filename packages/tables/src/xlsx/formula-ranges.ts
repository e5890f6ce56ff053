import { cellPosition } from './references.js';
import { tooLarge } from './refusals.js';

/** Cells that one formula fills: only the first of them says so, the others look like plain values. */
export interface FormulaRanges {
  /** `ref` as in `C2:C10`; anything else is passed over. */
  add(ref: string): void;
  covers(row: number, column: number): boolean;
}

interface Range {
  readonly fromColumn: number;
  readonly toColumn: number;
  readonly fromRow: number;
  readonly toRow: number;
}

const MAX_RANGES = 1000;

/** Rows come in ascending order: ranges that lie above the row asked for are forgotten. */
export function formulaRanges(): FormulaRanges {
  let ranges: Range[] = [];
  let prunedAt = 0;
  return {
    add(ref) {
      const [from, to] = ref.split(':', 2).map(cellPosition);
      if (!from || !to) return;
      if (ranges.length >= MAX_RANGES) throw tooLarge(`more than ${MAX_RANGES} formulas over ranges at a time`);
      ranges.push({ fromColumn: from.column, toColumn: to.column, fromRow: from.row, toRow: to.row });
    },
    covers(row, column) {
      if (ranges.length === 0) return false;
      if (row !== prunedAt) ranges = ranges.filter((range) => range.toRow >= row);
      prunedAt = row;
      return ranges.some(
        (range) => row >= range.fromRow && row <= range.toRow && column >= range.fromColumn && column <= range.toColumn,
      );
    },
  };
}
