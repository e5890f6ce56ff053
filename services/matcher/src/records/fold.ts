import type { Fen, Month } from '@hedui/contracts';
import {
  decodeFact,
  type FactsByType,
  type IncomeFact,
  KEY_BYTES,
  keyBytes,
  type NameKey,
  pack,
  RECORD_TYPES,
  type RecordTypeName,
  type Slice,
  type SliceRecord,
} from '@hedui/contracts';
import { foldIncome, type IncomeMonth, NO_FACTS, type PersonFacts } from '@hedui/means-test';

/**
 * What a profile keeps of a slice: [names (16 bytes each), records], a record being [index of its name, ...fields].
 * Income is folded to one record a month and name ([name, month, wage, operating, property, other]); every other type
 * keeps its facts as they came, deaths being a date and no more. A slice without records is kept as null.
 */
type Kept = [names: Uint8Array, records: SliceRecord[]];

/** Checks every record of a slice and packs what the profile keeps of it; throws MalformedEvent. */
export function foldSlice(type: RecordTypeName, slice: Slice): Buffer {
  if (slice.records.length === 0) return pack(null);
  const names = Buffer.concat(slice.names.map(keyBytes));
  if (type === 'income') return pack([names, foldIncomeRecords(slice)] satisfies Kept);
  for (const record of slice.records) decodeFact(type, record);
  return pack([names, slice.records] satisfies Kept);
}

function foldIncomeRecords(slice: Slice): SliceRecord[] {
  const byName = new Map<number, IncomeFact[]>();
  for (const record of slice.records) {
    const facts = byName.get(record[0]) ?? [];
    if (facts.length === 0) byName.set(record[0], facts);
    facts.push(decodeFact('income', record));
  }
  return [...byName].flatMap(([name, facts]) =>
    foldIncome(facts).map(
      (month): SliceRecord => [name, month.month, month.wage, month.operating, month.property, month.other],
    ),
  );
}

function incomeMonth(record: SliceRecord): IncomeMonth {
  const [, month, wage, operating, property, other] = record as number[];
  return {
    month: month as Month,
    wage: wage as Fen,
    operating: operating as Fen,
    property: property as Fen,
    other: other as Fen,
  };
}

/**
 * A person's facts under one name, from the profile's values in the order of RECORD_TYPES. Records under other names
 * give their record type's bit in `otherNames` and nothing else (the name test).
 */
export function factsUnderName(profile: readonly unknown[] | undefined, name: NameKey): PersonFacts {
  if (profile === undefined) return NO_FACTS;
  wanted.write(name, 'hex');
  let otherNames = 0;
  const own = (type: RecordTypeName): readonly SliceRecord[] => {
    const bit = bits[type];
    const kept = profile[bit] as Kept | null | undefined;
    if (kept === null || kept === undefined) return NONE;
    const [names, records] = kept;
    // Nearly everybody has one name.
    if (wanted.equals(names)) return records;
    const index = indexOfName(names);
    const mine = records.filter((record) => record[0] === index);
    if (mine.length !== records.length) otherNames |= 1 << bit;
    return mine;
  };
  const facts = <T extends Exclude<RecordTypeName, 'income'>>(type: T): readonly FactsByType[T][] => {
    const records = own(type);
    return records.length === 0 ? NONE : records.map((record) => decodeFact(type, record));
  };
  const income = own('income');
  return {
    income: income.length === 0 ? NONE : income.map(incomeMonth),
    account: facts('account'),
    registration: facts('registration'),
    role: facts('role'),
    marriage: facts('marriage'),
    death: facts('death'),
    assistance: facts('assistance'),
    // Last: it grows while the others are read.
    otherNames,
  };
}

/** The name that is asked for, one at a time: a Buffer for each person costs more than all comparisons. */
const wanted = Buffer.alloc(KEY_BYTES);
const NONE: readonly never[] = [];
const bits = Object.fromEntries(RECORD_TYPES.map(({ type }, bit) => [type, bit])) as Record<RecordTypeName, number>;

function indexOfName(names: Uint8Array): number {
  for (let at = 0; at < names.length; at += KEY_BYTES) {
    if (wanted.equals(names.subarray(at, at + KEY_BYTES))) return at / KEY_BYTES;
  }
  return -1;
}
