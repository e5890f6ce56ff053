import { type IdType, pack, unpack } from '@hedui/contracts';
import type { Identity } from '@hedui/identity-numbers';
import type { Pseudonyms, Sealer } from '@hedui/privacy';

/** Whose paper it is; kept sealed, and enough to make both keys anew. */
export interface PaperNames {
  authorisationNo: string;
  idType: IdType;
  idNumber: string;
  guardian: { idType: IdType; idNumber: string; name: string; standing: string | null } | null;
  /** Of a withdrawal: why, in the person's words. */
  words: string | null;
}

export interface PaperKeys {
  personKey: Buffer;
  numberKey: Buffer;
}

/**
 * The keyed hash of an authorisation's number. A number made of it cannot be a benefit's: cells hold no zero character.
 */
export function numberKeyOf(pseudonyms: Pick<Pseudonyms, 'benefit'>, authorisationNo: string): Buffer {
  return Buffer.from(pseudonyms.benefit(`authorisation\0${authorisationNo}`), 'hex');
}

export function paperKeys(
  pseudonyms: Pseudonyms,
  document: Pick<Identity, 'type' | 'number'>,
  authorisationNo: string,
): PaperKeys {
  return {
    personKey: Buffer.from(pseudonyms.person(document), 'hex'),
    numberKey: numberKeyOf(pseudonyms, authorisationNo),
  };
}

const context = (id: string): string => `authorisation:${id}`;

export function sealNames(ring: Sealer, id: string, names: PaperNames): Buffer {
  return ring.seal(pack(names), context(id));
}

/** Throws SealError. The bytes are our own and authenticated. */
export function openNames(ring: Sealer, id: string, sealed: Uint8Array): PaperNames {
  return unpack(ring.open(sealed, context(id))) as PaperNames;
}

/** True when a row of a household was submitted under this paper. */
export function isUnderPaper(
  row: { idType: IdType; idNumber: string; authorisationNo: string | null },
  paper: Pick<PaperNames, 'authorisationNo' | 'idType' | 'idNumber'>,
): boolean {
  return (
    row.authorisationNo === paper.authorisationNo && row.idNumber === paper.idNumber && row.idType === paper.idType
  );
}
