import type { PersonKey } from '@hedui/contracts';
import { longPrintOf } from '../authorisations/person-prints.js';

/** Beyond so many persons the count is "at least": the tables take some 12 bytes a person. */
const MAX_PERSONS = 4_000_000;
/** By the first six bits of a print: one of them grows at a time, and an old one beside its new one is a small part of all. */
const TABLES = 64;
const PRINTS_OF_TABLE = 2 ** 52 / TABLES;
/** Of the first; each further one begins with one more, so that they do not all grow at once. */
const FIRST_SIZE = 64;
const GROWTH = 1.5;
const FULLEST = 0.75;

/** Prints of persons, each once, in an open table. */
class Prints {
  private table: Float64Array;
  private held = 0;

  constructor(size: number) {
    this.table = new Float64Array(size);
  }

  /** False when it is there already. */
  add(print: number): boolean {
    if (!this.place(print)) return false;
    this.held++;
    if (this.held > this.table.length * FULLEST) this.grow();
    return true;
  }

  private place(print: number): boolean {
    const { table } = this;
    const size = table.length;
    let at = (print % 0x7fffffff) % size;
    for (;;) {
      const there = table[at];
      if (there === print) return false;
      if (there === 0) break;
      at = at + 1 === size ? 0 : at + 1;
    }
    table[at] = print;
    return true;
  }

  private grow(): void {
    const old = this.table;
    this.table = new Float64Array(Math.floor(old.length * GROWTH));
    for (const print of old) if (print !== 0) this.place(print);
  }
}

/**
 * Counts persons who stand in more than one household of a batch, which is allowed but told. Keeps 52 bits of each
 * person's pseudonym: among four million persons a false match has a chance of one in a thousand.
 */
export function createRepeatedPersons() {
  const tables = Array.from({ length: TABLES }, (_, at) => new Prints(FIRST_SIZE + at));
  let held = 0;
  let repeated = 0;

  function addPrint(print: number): void {
    if (held >= MAX_PERSONS) return;
    // Zero marks a free place.
    if (tables[Math.floor(print / PRINTS_OF_TABLE)]?.add(print + 1)) held++;
    else repeated++;
  }

  return {
    /** One appearance of a person; a household names each of its persons once. */
    add: (person: PersonKey): void => addPrint(longPrintOf(person)),
    /** The same by the person's `longPrint`. */
    addPrint,
    /** Appearances beyond the first; `atLeast` when the tables were full before the end. */
    result: () => ({ repeated, atLeast: held >= MAX_PERSONS }),
  };
}
