import { isSealedText } from '@hedui/contracts';
import { normaliseName } from '@hedui/identity-numbers';

/** Digits that stand in one number however it is broken up: `520102-1990-0101-1234`. */
const broken = /(?<=\d)[\s\-_./:,|]+(?=[\dXx])/g;
/** Region, date of birth, sequence, check character. The check is not asked for: a number with a slip of the pen names somebody too. */
const eighteen = /(?=[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx])/;
const fifteen = /(?=[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})/;
/** Permanent residence cards of the older form: three letters and twelve digits. */
const oldPermanentResidence = /(?<![A-Za-z0-9])[A-Za-z]{3}\d{12}(?!\d)/;
/** What a spreadsheet makes of a long number: `5.20001E+17` still tells the region, and with more digits the date of birth. */
const rounded = /[1-9]\.\d+E\+?1[4-7](?!\d)/i;
/** A number in part covered: `520102********1234` still tells the region and the last digits, which few share. */
const covered = /\d{2}\*{2,}[\dXx]/;
/** White space too: ids have none, names in Latin letters have. */
const unusual = /[^\x21-\x7e]/;
/** A word in small letters that is no hexadecimal number. */
const word = /(?=[A-Za-z]*[g-z])[A-Za-z]{3,}/;
/** Below so many digits there is no number of a resident. */
const manyDigits = /(?:\d\D{0,3}){12}/;

/**
 * True when a text looks as if it named somebody, by itself: it holds what may be a number of a resident, of a permit or of a permanent
 * residence card, broken up or not, right in its check character or not; or what a name is written with: a character outside ASCII, white
 * space, a word in small letters.
 * Passports have no form of their own: whether a text holds one can be told only beside the row that names it (`namesPerson`).
 */
export function mayNameSomebody(text: string): boolean {
  return isSealedText(text) || unusual.test(text) || word.test(text) || mayHoldNumber(text);
}

/** True when a text holds what may be a number of a resident, of a permit or of a permanent residence card, whole, covered in part or as a spreadsheet left it. */
export function mayHoldNumber(text: string): boolean {
  if (rounded.test(text) || covered.test(text)) return true;
  if (!manyDigits.test(text)) return false;
  const joined = text.replace(broken, '');
  return eighteen.test(joined) || fifteen.test(joined) || oldPermanentResidence.test(text);
}

/** True when a text holds this person's document number or name, in whatever spelling. */
export function namesPerson(text: string, person: { readonly number: string; readonly name: string }): boolean {
  const plain = normaliseName(text);
  if (plain.replaceAll(/[^0-9A-Z]/g, '').includes(person.number)) return true;
  const name = normaliseName(person.name);
  return name.length > 1 && plain.includes(name);
}
