/** GB 32100: digits and capital letters without I, O, S, V, Z. A character's value is its place. */
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';

export type CreditCodeReading = { ok: true; code: string } | { ok: false; code: 'VALUE_INVALID' };

/**
 * Reads a unified social credit code (GB 32100): 18 characters, the last one checks the others (weights 3^i modulo 31).
 * Full-width characters, surrounding white space and lower case are accepted; the answer is in upper case.
 */
export function readCreditCode(raw: string): CreditCodeReading {
  const code = raw.normalize('NFKC').trim().toUpperCase();
  if (code.length !== 18) return { ok: false, code: 'VALUE_INVALID' };
  let sum = 0;
  let weight = 1;
  for (let i = 0; i < 17; i++) {
    const value = ALPHABET.indexOf(code.charAt(i));
    if (value < 0) return { ok: false, code: 'VALUE_INVALID' };
    sum += value * weight;
    weight = (weight * 3) % 31;
  }
  const check = ALPHABET.charAt((31 - (sum % 31)) % 31);
  return check === code.charAt(17) ? { ok: true, code } : { ok: false, code: 'VALUE_INVALID' };
}
