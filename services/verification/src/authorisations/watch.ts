import type { PersonKey } from '@hedui/contracts';
import type { Pool } from '@hedui/postgres';
import { changesSince } from '../db/endings.js';
import { longPrint, longPrintOf } from './person-prints.js';

const ROWS_AT_ONCE = 20_000;
const FIRST_SIZE = 1 << 12;

/**
 * Who has a registered paper or an ended one: those, few as a rule, are looked at closely when a household comes in, and nobody else costs a
 * look. Keeps 52 bits of each person's key in an open table (16 bytes a person at most); a false match only costs a look.
 */
export interface PaperWatch {
  /** Takes in what was registered or ended since; returns how far, in the order of changes. */
  refresh(): Promise<number>;
  /** True when the person may have a registered or ended paper. */
  has(person: PersonKey): boolean;
  /** The same by the person's `longPrint`. */
  hasPrint(print: number): boolean;
}

export function createPaperWatch(pool: Pool): PaperWatch {
  let table = new Float64Array(FIRST_SIZE);
  let held = 0;
  let upTo = 0;
  let underWay: Promise<number> | null = null;

  /** Where a print stands, or would stand. */
  function find(print: number): number {
    const mask = table.length - 1;
    let at = (print % 0x7fffffff) & mask;
    while (table[at] !== 0 && table[at] !== print) at = (at + 1) & mask;
    return at;
  }

  function add(print: number): void {
    const at = find(print);
    if (table[at] === print) return;
    table[at] = print;
    held++;
    if (held * 2 <= table.length) return;
    const old = table;
    table = new Float64Array(old.length * 2);
    for (const known of old) if (known !== 0) table[find(known)] = known;
  }

  // Zero marks a free place.
  const holds = (print: number): boolean => table[find(print + 1)] === print + 1;

  async function read(): Promise<number> {
    for (;;) {
      const rows = await changesSince(pool, upTo, ROWS_AT_ONCE);
      for (const { seq, personKey } of rows) {
        add(longPrint(personKey, 0) + 1);
        upTo = seq;
      }
      if (rows.length < ROWS_AT_ONCE) return upTo;
    }
  }

  return {
    async refresh() {
      // What was committed after a refresh began may be missing from it, so one that waits reads again.
      while (underWay !== null) await underWay.catch(() => undefined);
      underWay = read();
      try {
        return await underWay;
      } finally {
        underWay = null;
      }
    },
    has: (person) => held > 0 && holds(longPrintOf(person)),
    hasPrint: (print) => held > 0 && holds(print),
  };
}
