const outerSpace = /^[\p{White_Space}\uFEFF]+|[\p{White_Space}\uFEFF]+$/gu;
const APOSTROPHE = 0x27;

/**
 * A cell as the rules see it: NFKC, trimmed, and without the apostrophe that spreadsheets put before text. Cells of
 * printable ASCII and common CJK ideographs, nearly all of them, are returned as they are.
 */
export function cleanCell(text: string): string {
  const length = text.length;
  if (length === 0) return text;
  if (isClean(text, length)) return text;
  const trimmed = text.normalize('NFKC').replace(outerSpace, '');
  return trimmed.charCodeAt(0) === APOSTROPHE ? trimmed.slice(1).replace(outerSpace, '') : trimmed;
}

function isClean(text: string, length: number): boolean {
  const first = text.charCodeAt(0);
  if (first === APOSTROPHE || first === 0x20 || text.charCodeAt(length - 1) === 0x20) return false;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 || code > 0x7e) && (code < 0x4e00 || code > 0x9fff)) return false;
  }
  return true;
}

/** How a column of the input is called in a warning; a name that may be data (digits, very long) is not repeated. */
export function describeColumn(name: string, position: number | null): string {
  if (name.length <= 40 && !/\d{5}/.test(name) && !name.includes('*')) return `"${name}"`;
  return position === null ? '(…)' : `#${position}`;
}
