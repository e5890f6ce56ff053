/** Largest numbers of a row and of a column in a worksheet. */
export const MAX_ROW = 1_048_576;
export const MAX_COLUMN = 16_384;

const A = 0x41;

/** The column of `AB12`, from 1 (28); 0 when it does not begin with one to three capital letters. */
export function columnOf(reference: string): number {
  let column = 0;
  for (let i = 0; i < reference.length && i < 4; i++) {
    const letter = reference.charCodeAt(i) - A;
    if (letter < 0 || letter > 25) break;
    column = column * 26 + letter + 1;
  }
  return column;
}

/** `AB12` → row and column, from 1; null when it is no reference (dollar signs are passed over). */
export function cellPosition(reference: string): { row: number; column: number } | null {
  const plain = reference.replaceAll('$', '');
  if (!/^[A-Z]{1,3}[1-9]\d{0,6}$/.test(plain)) return null;
  return { row: Number(plain.replace(/^[A-Z]+/, '')), column: columnOf(plain) };
}

/** The letters of a column, from 1: 28 is `AB`. */
export function columnLetters(column: number): string {
  const rest = (column - 1) % 26;
  return `${column > 26 ? columnLetters((column - 1 - rest) / 26) : ''}${String.fromCharCode(A + rest)}`;
}
