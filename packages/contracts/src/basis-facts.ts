import type { Month } from './calendar.js';
import type {
  AccountFact,
  AssistanceFact,
  DeathFact,
  FactsByType,
  MarriageFact,
  RegistrationFact,
  RoleFact,
} from './facts.js';
import type { Fen } from './money.js';
import type { PackWriter } from './packing/writer.js';

/** What the rules read of one person under one name; months outside the window of twelve are left out. */
export interface BasisFacts {
  income: readonly BasisMonth[];
  account: readonly AccountFact[];
  registration: readonly RegistrationFact[];
  role: readonly RoleFact[];
  marriage: readonly MarriageFact[];
  death: readonly DeathFact[];
  assistance: readonly AssistanceFact[];
  /** Bit mask over RECORD_TYPES: types of which a record of this person stands under another name. */
  otherNames: number;
}

/** Income of one month by category, in fen. */
export interface BasisMonth {
  month: Month;
  wage: Fen;
  operating: Fen;
  property: Fen;
  other: Fen;
}

type RecordFact = Exclude<keyof FactsByType, 'income'>;

/** Writes the fields of a fact in the order of facts.ts, which decodeFact reads. */
const fields: { [T in RecordFact]: (to: PackWriter, fact: FactsByType[T]) => void } = {
  registration: (to, f) => {
    to.text(f.recordId);
    to.text(f.plateType);
    to.textOrNil(f.useNature);
    to.text(f.status);
    to.number(f.registeredOn);
    to.numberOrNil(f.disposedOn);
  },
  account: (to, f) => {
    to.text(f.recordId);
    to.number(f.opened);
    to.numberOrNil(f.paidThrough);
    to.number(f.wageBase);
    to.number(f.balance);
    to.text(f.status);
    to.numberOrNil(f.loanRepayment);
  },
  role: (to, f) => {
    to.text(f.recordId);
    to.text(f.entityType);
    to.text(f.role);
    to.numberOrNil(f.capital);
    to.text(f.entityStatus);
    to.numberOrNil(f.since);
    to.numberOrNil(f.until);
  },
  marriage: (to, f) => {
    to.text(f.recordId);
    to.text(f.state);
    to.number(f.eventDate);
    to.keys(f.spouse);
  },
  death: (to, f) => to.number(f.deathDate),
  assistance: (to, f) => {
    to.text(f.recordId);
    to.text(f.programme);
    to.keys(f.benefit);
    to.text(f.region);
    to.number(f.from);
    to.numberOrNil(f.to);
  },
};
const monthFields = (to: PackWriter, m: BasisMonth): void => {
  to.number(m.month);
  to.number(m.wage);
  to.number(m.operating);
  to.number(m.property);
  to.number(m.other);
};
/** Numbers of fields, in the order of the tuple. */
export const WIDTHS = {
  income: 5,
  registration: 6,
  account: 7,
  role: 7,
  marriage: 4,
  death: 1,
  assistance: 6,
} as const;

/** Nearly everybody has no record of most types: one byte for none, a flat list of all records' fields for some. */
function writeFlat<F>(
  to: PackWriter,
  facts: readonly F[],
  width: number,
  write: (to: PackWriter, fact: F) => void,
): void {
  if (facts.length === 0) to.nil();
  else to.array(facts.length * width);
  for (const fact of facts) write(to, fact);
}

/** The facts of one person as a basis keeps them; null: no source held anything. */
export function writeFacts(to: PackWriter, f: BasisFacts | null): void {
  if (f === null) {
    to.nil();
    return;
  }
  to.array(8);
  to.number(f.otherNames);
  writeFlat(to, f.income, WIDTHS.income, monthFields);
  writeFlat(to, f.registration, WIDTHS.registration, fields.registration);
  writeFlat(to, f.account, WIDTHS.account, fields.account);
  writeFlat(to, f.role, WIDTHS.role, fields.role);
  writeFlat(to, f.marriage, WIDTHS.marriage, fields.marriage);
  writeFlat(to, f.death, WIDTHS.death, fields.death);
  writeFlat(to, f.assistance, WIDTHS.assistance, fields.assistance);
}
