import { isSealedText } from '@hedui/contracts';
import { createTextSealer, mayHoldNumber, mayNameSomebody, namesPerson, type Pseudonyms } from '@hedui/privacy';
import type { RecordTypeDefinition } from '../definition.js';

/**
 * A department's own identifiers may name somebody: `520000…0013-1`, `张三`. Decided for each one, so ordinary ones stay as they are:
 *
 * - as it stands in tables: sealed under a key of this source when the text itself looks as if it named somebody. That rule looks at
 *   nothing else, so an id stands in one form in whatever row it comes, and a later row finds the earlier one.
 * - as it goes into what travels: sealed also when it holds the number (a passport has no form of its own) or the name of a person of its
 *   row.
 * - as it travels: opened and sealed again under the pseudonym key, which the whole named zone holds.
 */
export interface RecordIds {
  /** The form in tables. */
  atRest(id: string): string;
  /** The form beside the fields that travel, of a row that names these persons. */
  inRow(id: string, persons: readonly { readonly number: string; readonly name: string }[]): string;
  /**
   * The form of a code that a department chose, such as a programme's, beside the fields that travel. The matcher compares it with the policy's,
   * so it stays as it is unless it holds a number, or names a person of its row.
   */
  codeInRow(code: string, persons: readonly { readonly number: string; readonly name: string }[]): string;
  /** In clear, of either form. Throws SealError. */
  open(stored: string): string;
  /** The form in the blind zone. Throws SealError. */
  travelling(stored: string): string;
}

/** `key` is the source's own; it stays when pseudonym keys and the key ring are rotated, and so do the forms in tables. */
export function createRecordIds(key: Buffer, pseudonyms: Pseudonyms): RecordIds {
  const sealer = createTextSealer(new Map([['s', key]]), 's', 'record-id');
  const open = (stored: string): string => (isSealedText(stored) ? sealer.open(stored) : stored);
  return {
    atRest: (id) => (mayNameSomebody(id) ? sealer.seal(id) : id),
    inRow: (id, persons) =>
      mayNameSomebody(id) || persons.some((person) => namesPerson(id, person)) ? sealer.seal(id) : id,
    codeInRow: (code, persons) =>
      isSealedText(code) || mayHoldNumber(code) || persons.some((person) => namesPerson(code, person))
        ? sealer.seal(code)
        : code,
    open,
    travelling: (stored) => (isSealedText(stored) ? pseudonyms.sealText(open(stored)) : stored),
  };
}

/** Where, among the fields kept of a record, stand: texts that a department chose freely, the id, the day of its order (−1: nowhere). */
export interface KeptPlaces {
  readonly freeTexts: readonly number[];
  readonly idAt: number;
  readonly dayAt: number;
}

const known = new WeakMap<RecordTypeDefinition, KeptPlaces>();

export function keptPlaces(type: RecordTypeDefinition): KeptPlaces {
  const before = known.get(type);
  if (before) return before;
  const free = new Set(type.columns.flatMap(({ name, kind }) => (kind.is === 'identifier' ? [name] : [])));
  const fields = keptFields(type);
  const places = {
    freeTexts: fields.flatMap(({ as, column }, at) => (as === 'text' && free.has(column) ? [at] : [])),
    idAt: fields.findIndex(({ column }) => column === type.columns[0]?.name),
    dayAt: fields.findIndex(({ column }) => column === type.orderBy),
  };
  known.set(type, places);
  return places;
}

/** The fields kept of a record: all but those that depend on whose slice it is. */
export function keptFields(type: RecordTypeDefinition) {
  return type.blind.flatMap((field) => (field.as === 'otherPerson' ? [] : [field]));
}
