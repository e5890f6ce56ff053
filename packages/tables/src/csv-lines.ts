/**
 * Lines of a CSV as bytes. LF, comma and quote are themselves in UTF-8 and in GB 18030 wherever they stand (no byte of a longer character is
 * one of them, and a decoder that meets one within a broken character gives it back), so they are found before anything is decoded.
 */
const LF = 0x0a;
const CR = 0x0d;
const COMMA = 0x2c;
const QUOTE = 0x22;
const SPACE = 0x20;
const TAB = 0x09;

/** The line is not one row for certain: a cell that begins with a quote does not end with one on this line. */
export const UNSURE = -1;
/** The line goes on in bytes that are not there yet. */
export const MORE = -2;

/**
 * Where the line that begins at `from` ends (its LF; `to` when the file ends without one), if it is one row for certain, whatever follows;
 * else UNSURE or MORE. `whole`: nothing follows after `to`.
 */
export function rowEnd(bytes: Uint8Array, from: number, to: number, whole: boolean): number {
  let at = from;
  for (;;) {
    if (at < to && bytes[at] === QUOTE) {
      at = afterQuoted(bytes, at, to, whole);
      if (at < 0) return at;
    } else {
      while (at < to && bytes[at] !== COMMA && bytes[at] !== LF) at++;
    }
    if (at >= to) return whole ? to : MORE;
    if (bytes[at] === LF) return at;
    at++;
  }
}

/** Where the comma or the end of the line after the quoted cell at `from` stands. */
function afterQuoted(bytes: Uint8Array, from: number, to: number, whole: boolean): number {
  let at = from + 1;
  for (;;) {
    while (at < to && bytes[at] !== QUOTE && bytes[at] !== LF) at++;
    if (at >= to) return whole ? UNSURE : MORE;
    if (bytes[at] === LF) return UNSURE;
    at++;
    if (at >= to || bytes[at] !== QUOTE) break;
    at++;
  }
  while (at < to && (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === CR)) at++;
  if (at >= to) return whole ? to : MORE;
  return bytes[at] === COMMA || bytes[at] === LF ? at : UNSURE;
}

/** True when the cells number `position` of two lines seem to be the same; of lines with commas in quotes it may be wrong. `to`: end of both. */
export function sameCell(bytes: Uint8Array, one: number, other: number, to: number, position: number): boolean {
  let a = cellAt(bytes, one, to, position);
  let b = cellAt(bytes, other, to, position);
  for (; b < to; a++, b++) {
    const left = bytes[a] as number;
    if (left !== bytes[b]) return false;
    if (left === COMMA || left === LF) return true;
  }
  return false;
}

function cellAt(bytes: Uint8Array, line: number, to: number, position: number): number {
  let at = line;
  for (let commas = 0; commas < position && at < to && bytes[at] !== LF; at++) if (bytes[at] === COMMA) commas++;
  return at;
}
