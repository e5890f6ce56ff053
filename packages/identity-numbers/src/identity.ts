import type { Day, IdType } from '@hedui/contracts';
import { isMaskedNumber } from './masking.js';
import { birthDateOf18, widenResidentNumber } from './resident-number.js';

/** A document that has been checked. Two documents are the same when type and number are equal. */
export interface Identity {
  readonly type: IdType;
  /** NFKC, trimmed, upper case; a 15-digit resident number stands here in its 18-character form. */
  readonly number: string;
  /** Null for passports and for the 15-character permanent residence number: they do not tell it. */
  readonly birthDate: Day | null;
}

export type IdentityFault = 'ID_INVALID' | 'ID_MASKED' | 'EXCEL_DAMAGED';
export type IdentityReading = { ok: true; identity: Identity } | { ok: false; code: IdentityFault };

const INVALID: IdentityReading = { ok: false, code: 'ID_INVALID' };
const MASKED: IdentityReading = { ok: false, code: 'ID_MASKED' };
const DAMAGED: IdentityReading = { ok: false, code: 'EXCEL_DAMAGED' };

const plain18 = /^\d{17}[\dX]$/;
const oldPermanentResidence = /^[A-Z]{3}\d{12}$/;
const passport = /^[A-Z0-9]{5,20}$/;
const scientific = /^[+-]?\d+(?:\.\d+)?E[+-]?\d+$/;
const unmistakablyScientific = /^[+-]?\d+(?:\.\d+E[+-]?|E[+-])\d+$/;

/**
 * Reads a document number as it was written: full-width characters, surrounding white space and lower case are
 * accepted. Never throws.
 *
 * - `resident_id`: GB 11643, 18 characters, or 15 digits, which are converted. The address digits are not looked up, so
 *   a number that begins like a residence permit (81, 82, 83) or a permanent residence card (9) is accepted under this
 *   type when check character and date are right: address codes change, and the type is the sender's word.
 * - `hmt_residence_permit`: 18 characters beginning 810000, 820000 or 830000, otherwise as a resident number.
 * - `foreign_permanent_residence`: 18 characters beginning with 9, otherwise as a resident number; or three letters and
 *   twelve digits.
 * - `passport`: 5 to 20 letters and digits.
 */
export function readIdentity(idType: IdType, raw: string): IdentityReading {
  // Nearly every number is a plain one of 18 characters: it is checked without making another string.
  if (raw.length === 18 && idType !== 'passport' && plain18.test(raw)) return readEighteen(idType, raw);
  const number = raw.normalize('NFKC').trim().toUpperCase();
  if (isMaskedNumber(number)) return MASKED;
  const looksScientific = idType === 'passport' ? unmistakablyScientific : scientific;
  if (looksScientific.test(number)) return DAMAGED;
  switch (idType) {
    case 'resident_id': {
      if (number.length === 18) return readEighteen(idType, number);
      const wide = widenResidentNumber(number);
      return wide === null ? INVALID : readEighteen(idType, wide);
    }
    case 'hmt_residence_permit':
      return readEighteen(idType, number);
    case 'foreign_permanent_residence':
      return oldPermanentResidence.test(number)
        ? { ok: true, identity: { type: idType, number, birthDate: null } }
        : readEighteen(idType, number);
    case 'passport':
      return passport.test(number) ? { ok: true, identity: { type: idType, number, birthDate: null } } : INVALID;
  }
}

function readEighteen(type: Exclude<IdType, 'passport'>, number: string): IdentityReading {
  if (type === 'hmt_residence_permit' && !isHmtPrefix(number)) return INVALID;
  if (type === 'foreign_permanent_residence' && number.charCodeAt(0) !== 57) return INVALID;
  const birthDate = birthDateOf18(number);
  return birthDate === null ? INVALID : { ok: true, identity: { type, number, birthDate } };
}

function isHmtPrefix(number: string): boolean {
  return number.startsWith('810000') || number.startsWith('820000') || number.startsWith('830000');
}
