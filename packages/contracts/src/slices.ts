import { type BenefitKey, KEY_BYTES, keyBytes, keyFromBytes, type NameKey, type PersonKey } from './brands.js';
import type { Day, Month } from './calendar.js';
import { MalformedEvent } from './envelope.js';
import type { FactsByType } from './facts.js';
import type { Fen } from './money.js';
import type { RecordTypeName, TaxItem } from './registry.js';

/**
 * A slice: all current records of one type of one person. A newer slice replaces an older one whole, so applying it
 * is idempotent, and a withdrawal or a record that moved to another person needs no special case. The message key is
 * the 16 bytes of the person key; an empty slice (no records) is a value, never null.
 */
export interface Slice {
  source: string;
  recordType: string;
  /** Raised when the source's database is restored; compared before the counter. */
  epoch: number;
  /** Counts the source's loads; a slice of the same or an older version is ignored. */
  counter: number;
  /** Distinct names under which the person's records stand. */
  names: NameKey[];
  /** [index into names, ...the fields of the record type's fact, in the order of facts.ts]. */
  records: SliceRecord[];
}
export type SliceValue = string | number | null | Uint8Array;
export type SliceRecord = [name: number, ...fields: SliceValue[]];

/** Payload of `record.slice`. */
export function slicePayload(slice: Slice): unknown {
  const names = Buffer.alloc(slice.names.length * KEY_BYTES);
  slice.names.forEach((name, i) => {
    keyBytes(name).copy(names, i * KEY_BYTES);
  });
  return [slice.source, slice.recordType, slice.epoch, slice.counter, names, slice.records];
}

/** Checks the form of a `record.slice` payload; throws MalformedEvent. The records' fields are checked by decodeFact. */
export function readSlicePayload(payload: unknown): Slice {
  if (!Array.isArray(payload) || payload.length !== 6) throw new MalformedEvent('BAD_PAYLOAD', 'slice');
  const [source, recordType, epoch, counter, names, records] = payload as unknown[];
  if (
    typeof source !== 'string' ||
    typeof recordType !== 'string' ||
    !Number.isSafeInteger(epoch) ||
    !Number.isSafeInteger(counter) ||
    !(names instanceof Uint8Array) ||
    names.length % KEY_BYTES !== 0 ||
    !Array.isArray(records)
  ) {
    throw new MalformedEvent('BAD_PAYLOAD', 'slice');
  }
  const count = names.length / KEY_BYTES;
  for (const record of records as unknown[]) {
    const name: unknown = Array.isArray(record) ? record[0] : undefined;
    if (typeof name !== 'number' || !Number.isInteger(name) || name < 0 || name >= count) {
      throw new MalformedEvent('BAD_PAYLOAD', 'slice record');
    }
  }
  return {
    source,
    recordType,
    epoch: epoch as number,
    counter: counter as number,
    names: Array.from({ length: count }, (_, i) => keyFromBytes<NameKey>(names, i * KEY_BYTES)),
    records: records as SliceRecord[],
  };
}

class FieldReader {
  private at = 1;
  constructor(private readonly record: SliceRecord) {}
  text(): string {
    const value = this.record[this.at++];
    if (typeof value !== 'string') throw new MalformedEvent('BAD_PAYLOAD', `field ${this.at - 1} is not text`);
    return value;
  }
  textOrNull(): string | null {
    return this.skipNull() ? null : this.text();
  }
  integer(): number {
    const value = this.record[this.at++];
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      throw new MalformedEvent('BAD_PAYLOAD', `field ${this.at - 1} is not an integer`);
    }
    return value;
  }
  integerOrNull(): number | null {
    return this.skipNull() ? null : this.integer();
  }
  key<K extends PersonKey | BenefitKey>(): K {
    const value = this.record[this.at++];
    if (!(value instanceof Uint8Array) || value.length !== KEY_BYTES) {
      throw new MalformedEvent('BAD_PAYLOAD', `field ${this.at - 1} is not a key`);
    }
    return keyFromBytes<K>(value);
  }
  private skipNull(): boolean {
    if (this.record[this.at] !== null && this.record[this.at] !== undefined) return false;
    this.at++;
    return true;
  }
}

const decoders: { [T in RecordTypeName]: (f: FieldReader) => FactsByType[T] } = {
  income: (f) => ({ period: f.integer() as Month, item: f.text() as TaxItem, gross: f.integer() as Fen }),
  registration: (f) => ({
    recordId: f.text(),
    plateType: f.text(),
    useNature: f.textOrNull(),
    status: f.text(),
    registeredOn: f.integer() as Day,
    disposedOn: f.integerOrNull() as Day | null,
  }),
  account: (f) => ({
    recordId: f.text(),
    opened: f.integer() as Month,
    paidThrough: f.integerOrNull() as Month | null,
    wageBase: f.integer() as Fen,
    balance: f.integer() as Fen,
    status: f.text(),
    loanRepayment: f.integerOrNull() as Fen | null,
  }),
  role: (f) => ({
    recordId: f.text(),
    entityType: f.text(),
    role: f.text(),
    capital: f.integerOrNull() as Fen | null,
    entityStatus: f.text(),
    since: f.integerOrNull() as Day | null,
    until: f.integerOrNull() as Day | null,
  }),
  marriage: (f) => ({
    recordId: f.text(),
    state: f.text() as 'married' | 'divorced' | 'widowed',
    eventDate: f.integer() as Day,
    spouse: f.key<PersonKey>(),
  }),
  death: (f) => ({ deathDate: f.integer() as Day }),
  assistance: (f) => ({
    recordId: f.text(),
    programme: f.text(),
    benefit: f.key<BenefitKey>(),
    region: f.text(),
    from: f.integer() as Day,
    to: f.integerOrNull() as Day | null,
  }),
};

/** The fact in a slice record; throws MalformedEvent when a field has another form than facts.ts says. */
export function decodeFact<T extends RecordTypeName>(type: T, record: SliceRecord): FactsByType[T] {
  return decoders[type](new FieldReader(record));
}
