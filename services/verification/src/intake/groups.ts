import type { RawRow } from '@hedui/tables';
import { AT } from './columns.js';

/** Rows of one household that stand next to each other. */
export interface RowGroup {
  /** Blank: a single row that names no household. */
  ref: string;
  rows: RawRow[];
  /** `whole`; `head` of a household with more rows than the limit; `tail`: one further row of it. */
  part: 'whole' | 'head' | 'tail';
}

/**
 * Gathers adjacent rows with the same household_ref. A row without one is a group by itself: it never joins another
 * household, but it does part the rows before it from those after it. Holds at most `limit` rows.
 */
export function createGrouper(limit: number) {
  let ref = '';
  let rows: RawRow[] = [];
  let overflowing = false;

  function take(): RowGroup | null {
    if (rows.length === 0) return null;
    const group: RowGroup = { ref, rows, part: 'whole' };
    rows = [];
    return group;
  }

  return {
    /** Takes the next row; the groups that are complete by it. */
    push(row: RawRow): RowGroup[] {
      const next = row.cells[AT.household_ref] ?? '';
      if (next !== '' && next === ref) {
        if (overflowing) return [{ ref, rows: [row], part: 'tail' }];
        if (rows.length < limit) {
          rows.push(row);
          return [];
        }
        const head: RowGroup = { ref, rows, part: 'head' };
        rows = [];
        overflowing = true;
        return [head, { ref, rows: [row], part: 'tail' }];
      }
      const done = take();
      overflowing = false;
      ref = next;
      rows = [row];
      return done ? [done] : [];
    },
    /** The end of the body. */
    end(): RowGroup[] {
      const done = take();
      return done ? [done] : [];
    },
  };
}
