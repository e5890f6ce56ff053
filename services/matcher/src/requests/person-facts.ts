import {
  decodeFact,
  type FactsByType,
  type Fen,
  KEY_BYTES,
  type Month,
  type NameKey,
  PackReader,
  RECORD_TYPES,
  type RecordTypeName,
  type SliceRecord,
} from '@hedui/contracts';
import { type IncomeMonth, NO_FACTS, type PersonFacts } from '@hedui/means-test';

/** Months that are read of a person's income: from the first up to the last, which is not among them. */
export interface MonthWindow {
  from: number;
  to: number;
}

/** The name that is asked for, one at a time: a Buffer for each person costs more than all comparisons. */
const wanted = Buffer.alloc(KEY_BYTES);
const NONE: readonly never[] = [];
const NOT_THERE = -1;

/**
 * A person's facts under one name, from a packed profile (db/profiles.ts), read where it stands. Records under other names give their
 * record type's bit in `otherNames` and nothing else (the name test), whatever their months.
 */
export function factsUnderName(profile: Buffer | undefined, name: NameKey, window: MonthWindow): PersonFacts {
  if (profile === undefined) return NO_FACTS;
  wanted.write(name, 'hex');
  const from = new PackReader(profile);
  from.arrayOf(RECORD_TYPES.length);
  const others = { mask: 0 };
  // In the order of RECORD_TYPES.
  const income = incomeUnderName(from, profile, window, others);
  const registration = recordsUnderName('registration', 1, from, profile, others);
  const account = recordsUnderName('account', 2, from, profile, others);
  const role = recordsUnderName('role', 3, from, profile, others);
  const marriage = recordsUnderName('marriage', 4, from, profile, others);
  const death = recordsUnderName('death', 5, from, profile, others);
  const assistance = recordsUnderName('assistance', 6, from, profile, others);
  return { income, account, registration, role, marriage, death, assistance, otherNames: others.mask };
}

/** Reads the names of a type's records; which of them is the wanted one. The records follow. */
function nameIn(from: PackReader, profile: Buffer): number {
  from.arrayOf(2);
  const length = from.binaryLength();
  const names = from.pass(length);
  for (let at = 0; at < length; at += KEY_BYTES) {
    if (wanted.compare(profile, names + at, names + at + KEY_BYTES) === 0) return at / KEY_BYTES;
  }
  return NOT_THERE;
}

function incomeUnderName(
  from: PackReader,
  profile: Buffer,
  window: MonthWindow,
  others: { mask: number },
): readonly IncomeMonth[] {
  if (from.nil()) return NONE;
  const name = nameIn(from, profile);
  let months: IncomeMonth[] | null = null;
  for (let left = from.array(); left > 0; left--) {
    from.arrayOf(6);
    const own = from.number() === name;
    const month = from.number();
    if (!own) others.mask |= 1;
    if (!own || month < window.from || month >= window.to) {
      from.skip(4);
      continue;
    }
    months ??= [];
    months.push({
      month: month as Month,
      wage: fen(from),
      operating: fen(from),
      property: fen(from),
      other: fen(from),
    });
  }
  return months ?? NONE;
}

const fen = (from: PackReader): Fen => from.number() as Fen;

function recordsUnderName<T extends Exclude<RecordTypeName, 'income'>>(
  type: T,
  bit: number,
  from: PackReader,
  profile: Buffer,
  others: { mask: number },
): readonly FactsByType[T][] {
  if (from.nil()) return NONE;
  const name = nameIn(from, profile);
  const facts: FactsByType[T][] = [];
  for (let left = from.array(); left > 0; left--) {
    const record = from.value() as SliceRecord;
    if (record[0] === name) facts.push(decodeFact(type, record));
    else others.mask |= 1 << bit;
  }
  return facts;
}
