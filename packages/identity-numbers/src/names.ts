/** Unicode white space, and the byte order mark, which some exports leave inside cells. */
const whiteSpace = /[\p{White_Space}\uFEFF]+/gu;
/** The middle dots of names: · • ・ ‧ . ．; NFKC has made `･` (U+FF65) `・` and `．` `.` before. */
const middleDots = /[\u00B7\u2022\u30FB\u2027.\uFF0E]/gu;
const MIDDLE_DOT = '\u00B7';

/**
 * The form in which two names are compared: NFKC, without white space, the middle dots unified to `·`, letters in upper
 * case by Unicode without a locale. Idempotent: the steps are repeated until nothing changes, because removing white
 * space or raising letters can leave characters that NFKC joins.
 */
export function normaliseName(name: string): string {
  if (isPlainCjk(name)) return name;
  let text = name;
  for (let round = 0; round < 4; round++) {
    const next = text.normalize('NFKC').replace(whiteSpace, '').replace(middleDots, MIDDLE_DOT).toUpperCase();
    if (next === text) break;
    text = next;
  }
  return text;
}

/** True when every character is a CJK ideograph of the basic block, on which the rules above change nothing. */
function isPlainCjk(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x4e00 || code > 0x9fff) return false;
  }
  return true;
}
