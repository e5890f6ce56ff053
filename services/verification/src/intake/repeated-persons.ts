import type { PersonKey } from '@hedui/contracts';

/** Beyond so many persons the count is "at least": the table takes 16 bytes a person. */
const MAX_PERSONS = 4_000_000;
const FIRST_SIZE = 1 << 12;

/**
 * Counts persons who stand in more than one household of a batch, which is allowed but told. Keeps 52 bits of each
 * person's pseudonym in an open table: among four million persons a false match has a chance of one in a thousand.
 */
export function createRepeatedPersons() {
  let table = new Float64Array(FIRST_SIZE);
  let held = 0;
  let repeated = 0;
  let full = false;

  function place(print: number): boolean {
    const mask = table.length - 1;
    let at = (print % 0x7fffffff) & mask;
    for (;;) {
      const there = table[at];
      if (there === print) return false;
      if (there === 0) break;
      at = (at + 1) & mask;
    }
    table[at] = print;
    return true;
  }

  function grow(): void {
    const old = table;
    table = new Float64Array(old.length * 2);
    for (const print of old) if (print !== 0) place(print);
  }

  return {
    /** One appearance of a person; a household names each of its persons once. */
    add(person: PersonKey): void {
      if (full) return;
      if (!place(Number.parseInt(person.slice(0, 13), 16) + 1)) {
        repeated++;
        return;
      }
      held++;
      if (held >= MAX_PERSONS) full = true;
      else if (held * 2 > table.length) grow();
    },
    /** Appearances beyond the first; `atLeast` when the table was full before the end. */
    result: () => ({ repeated, atLeast: full }),
  };
}
