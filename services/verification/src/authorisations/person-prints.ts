import type { PersonKey, RequestHousehold } from '@hedui/contracts';
import type { Identity } from '@hedui/identity-numbers';
import type { Pseudonyms } from '@hedui/privacy';

/** Hexadecimal digits of a person's key that a chunk's index keeps. */
const DIGITS = 16;

/** A household by its persons' keys. */
export interface WithPersons {
  readonly persons: readonly { readonly person: PersonKey }[];
}

/**
 * A household by the keys under which this database joins persons, beside the one that travels. Until the pseudonym key was rotated these
 * are the same, and nothing is computed.
 */
export function createJoined(sent: Pseudonyms, own: Pseudonyms) {
  if (sent.version === own.version) return (_: unknown, request: RequestHousehold): WithPersons => request;
  return (household: { persons: readonly { identity: Identity }[] }): WithPersons => ({
    persons: household.persons.map(({ identity }) => ({ person: own.person(identity) })),
  });
}

/** The beginnings of the keys of a household's persons, as hexadecimal digits. */
export function printsOf({ persons }: WithPersons): string {
  let digits = '';
  for (const { person } of persons) digits += person.slice(0, DIGITS);
  return digits;
}

/** The same of all households of a chunk, one after the other. */
export const packPrints = (prints: readonly string[]): Buffer => Buffer.from(prints.join(''), 'hex');

/** The beginnings of the keys of all persons of a chunk, one after the other. */
export const packPersons = (households: readonly WithPersons[]): Buffer => packPrints(households.map(printsOf));

/** What to look for in the index. */
export function printOf(person: PersonKey): Buffer {
  return Buffer.from(person.slice(0, DIGITS), 'hex');
}

/** What a chunk's index keeps of one person. */
export const PRINT_BYTES = DIGITS / 2;

/** The first 52 bits of the key of the person number `at` of packed prints. */
export const longPrint = (packed: Buffer, at: number): number =>
  packed.readUInt32BE(at * PRINT_BYTES) * 2 ** 20 + (packed.readUInt32BE(at * PRINT_BYTES + 4) >>> 12);

/** The same of a person's key. */
export const longPrintOf = (person: PersonKey): number => Number.parseInt(person.slice(0, 13), 16);

/** 48 bits of each print: for sets of many, where a false match only costs a look. */
export function* shortPrints(packed: Buffer): Generator<number> {
  for (let at = 0; at + PRINT_BYTES <= packed.length; at += PRINT_BYTES) yield packed.readUIntBE(at, 6);
}
