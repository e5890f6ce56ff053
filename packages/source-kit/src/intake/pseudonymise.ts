import { type BenefitKey, type Day, KEY_BYTES, monthOf, pack, type SliceValue } from '@hedui/contracts';
import type { Identity } from '@hedui/identity-numbers';
import { createKeyedDigest, type Pseudonyms } from '@hedui/privacy';
import type { CellValue } from '@hedui/tables';
import { columnIndex, evidenceColumns, type PersonColumns, type RecordTypeDefinition } from '../definition.js';
import { keptFields, keptPlaces, type RecordIds } from './record-ids.js';

/** Someone as a row names them; the same object for neighbouring rows about the same person under the same name. */
export interface Who {
  personKey: Buffer;
  nameKey: Buffer;
  identity: Identity;
  name: string;
}

/** A good row, ready to be staged: pseudonyms, what travels, and the rest, still in clear, to be sealed. */
export interface PreparedRow {
  line: number;
  /** In the form in which it stands in tables. */
  recordId: string;
  person: Who;
  other: Who | null;
  orderKey: number;
  /** The slice's fields, packed, without those that depend on whose slice it is. */
  blind: Buffer;
  /** The other columns of the row, packed. */
  evidence: Buffer;
  digest: Buffer;
}

export type PrepareRow = (line: number, values: readonly CellValue[]) => PreparedRow;

const KEPT_KEYS = 50_000;
/** Keys in a page. */
const PAGE_KEYS = 1_024;

/**
 * Makes the function that turns the checked values of a row of `type` into what is stored. The digest tells whether a row
 * changed: it is over the normalised row, so that another spelling of the same number, name or amount is no change, and
 * keyed, so that it tells nothing by itself.
 */
export function prepareRows(
  type: RecordTypeDefinition,
  pseudonyms: Pseudonyms,
  digestKey: Uint8Array,
  ids: RecordIds,
): PrepareRow {
  const person = readWho(type, type.person, pseudonyms);
  const other = type.other ? readWho(type, type.other, pseudonyms) : null;
  const blind = keptFields(type).map((field) => readBlind(type, field, pseudonyms));
  const { freeTexts, idAt } = keptPlaces(type);
  const evidence = evidenceColumns(type).map((name) => columnIndex(type, name));
  const digest = digests(digestKey);
  const orderAt = type.orderBy === undefined ? -1 : columnIndex(type, type.orderBy);
  return (line, values) => {
    const first = person(values);
    const second = other ? other(values) : null;
    const rest = pack(evidence.map((at) => values[at] ?? null));
    const kept = blind.map((read) => read(values));
    for (const at of freeTexts) {
      const text = kept[at];
      if (typeof text !== 'string') continue;
      const persons = second ? [asNamed(first), asNamed(second)] : [asNamed(first)];
      kept[at] = at === idAt ? ids.inRow(text, persons) : ids.codeInRow(text, persons);
    }
    return {
      line,
      recordId: ids.atRest(asText(values[0])),
      person: first,
      other: second,
      orderKey: orderAt < 0 ? 0 : asNumber(values[orderAt]),
      blind: pack(kept),
      evidence: rest,
      digest: digest(first, second, rest),
    };
  };
}

const asNamed = (who: Who) => ({ number: who.identity.number, name: who.name });

/** Over one buffer that stays: one for each row would cost more than the digest. */
function digests(key: Uint8Array): (first: Who, second: Who | null, rest: Buffer) => Buffer {
  const digest = createKeyedDigest(key);
  let joined = Buffer.alloc(1024);
  return (first, second, rest) => {
    const keys = second ? 4 * KEY_BYTES : 2 * KEY_BYTES;
    const length = keys + rest.length;
    if (length > joined.length) joined = Buffer.alloc(length * 2);
    joined.set(first.personKey, 0);
    joined.set(first.nameKey, KEY_BYTES);
    if (second) {
      joined.set(second.personKey, 2 * KEY_BYTES);
      joined.set(second.nameKey, 3 * KEY_BYTES);
    }
    joined.set(rest, keys);
    return digest(joined, length);
  };
}

function readWho(type: RecordTypeDefinition, columns: PersonColumns, pseudonyms: Pseudonyms) {
  const numberAt = columnIndex(type, columns.idNumber);
  const nameAt = columnIndex(type, columns.name);
  const personKeys = keptKeys<Identity>();
  const nameKeys = keptKeys<string>();
  let last: Who | null = null;
  return (values: readonly CellValue[]): Who => {
    const identity = values[numberAt];
    if (identity === null || typeof identity !== 'object') throw new TypeError('a checked row has its document');
    const name = asText(values[nameAt]);
    const { type: kind, number } = identity;
    if (last !== null && last.name === name && last.identity.number === number && last.identity.type === kind) {
      return last;
    }
    last = {
      personKey: personKeys(`${kind}:${number}`, identity, pseudonyms.person),
      nameKey: nameKeys(name, name, pseudonyms.name),
      identity,
      name,
    };
    return last;
  };
}

/**
 * A department's file holds the same person many times, often in neighbouring rows. Kept keys lie side by side in pages of their own: a
 * small buffer made by Node shares its page with whatever else was made then, and one that is kept would keep all of that.
 */
function keptKeys<T>(): (text: string, of: T, make: (of: T) => string) => Buffer {
  const kept = new Map<string, Buffer>();
  let page = Buffer.alloc(0);
  let at = 0;
  return (text, of, make) => {
    const known = kept.get(text);
    if (known) return known;
    if (at === page.length) {
      page = Buffer.alloc(PAGE_KEYS * KEY_BYTES);
      at = 0;
    }
    page.write(make(of), at, KEY_BYTES, 'hex');
    const key = page.subarray(at, at + KEY_BYTES);
    at += KEY_BYTES;
    if (kept.size >= KEPT_KEYS) kept.clear();
    kept.set(text, key);
    return key;
  };
}

type BlindColumn = Extract<RecordTypeDefinition['blind'][number], { column: string }>;

function readBlind(
  type: RecordTypeDefinition,
  field: BlindColumn,
  pseudonyms: Pseudonyms,
): (values: readonly CellValue[]) => SliceValue {
  const at = columnIndex(type, field.column);
  const orNull =
    (read: (value: CellValue) => SliceValue) =>
    (values: readonly CellValue[]): SliceValue => {
      const value = values[at] ?? null;
      return value === null ? null : read(value);
    };
  if (field.as === 'text') return orNull(asText);
  if (field.as === 'monthOf') return orNull((value) => monthOf(asNumber(value) as Day));
  if (field.as === 'benefitKey') {
    return orNull((value) => Buffer.from(pseudonyms.benefit(asText(value)) satisfies BenefitKey, 'hex'));
  }
  return orNull(asNumber);
}

function asText(value: CellValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError('a checked row has text here');
  return value;
}

function asNumber(value: CellValue | undefined): number {
  if (typeof value !== 'number') throw new TypeError('a checked row has a number here');
  return value;
}
