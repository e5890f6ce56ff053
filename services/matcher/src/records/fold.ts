import {
  decodeFact,
  type IncomeFact,
  keyBytes,
  pack,
  type RecordTypeName,
  type Slice,
  type SliceRecord,
} from '@hedui/contracts';
import { foldIncome } from '@hedui/means-test';

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
