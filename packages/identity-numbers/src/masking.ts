/** Characters that stand for hidden ones. `X` and the middle dots are none: they belong to numbers and names. */
const maskCharacters = /[*＊﹡⁎∗✱×●█■□※]/u;
/** A resident number hidden with letters: digits, four or more X, then digits or the check character. */
const maskedWithLetters = /^\d{1,14}X{4,}[\dX]*$/;

/** Texts without one, nearly all, have one character in each place. */
const surrogate = /[\uD800-\uDFFF]/;

/** True when a name or a number holds a character that hides another: `张*`, `520000********0013`. */
export function isMasked(text: string): boolean {
  return maskCharacters.test(text);
}

/** Like `isMasked`, for document numbers (upper case): `520000XXXXXXXX0013` is masked too. */
export function isMaskedNumber(number: string): boolean {
  return maskCharacters.test(number) || (number.length >= 15 && maskedWithLetters.test(number));
}

/** For exports: the first character and one asterisk, which hides the length too. `张三丰` → `张*`. */
export function maskName(name: string): string {
  const first = name.codePointAt(0);
  return first === undefined ? '' : `${String.fromCodePoint(first)}*`;
}

/**
 * For exports: `520000196203180013` → `520000********0013`. Shorter documents show less: three and four characters from
 * 10 on (`ABC********1234`), below that the first and the last (`E*******4`).
 */
export function maskIdNumber(number: string): string {
  if (number.length >= 18) return maskMiddle(number, 6, 4);
  return number.length >= 10 ? maskMiddle(number, 3, 4) : maskMiddle(number, 1, 1);
}

/** Replaces every character but the first `start` and the last `end`; a text that has no more is hidden whole. */
export function maskMiddle(text: string, start: number, end: number): string {
  if (!surrogate.test(text)) {
    const hidden = text.length - start - end;
    if (hidden <= 0) return '*'.repeat(text.length);
    return text.slice(0, start) + '*'.repeat(hidden) + text.slice(text.length - end);
  }
  const characters = Array.from(text);
  const hidden = characters.length - start - end;
  if (hidden <= 0) return '*'.repeat(characters.length);
  return characters.slice(0, start).join('') + '*'.repeat(hidden) + characters.slice(characters.length - end).join('');
}
