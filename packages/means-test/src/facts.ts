import {
  type AccountFact,
  type AssistanceFact,
  type DeathFact,
  type Fen,
  type IncomeFact,
  type MarriageFact,
  type Month,
  RECORD_TYPES,
  type RecordTypeName,
  type RegistrationFact,
  type RoleFact,
  SOURCES,
  type SourceName,
  type TaxItem,
} from '@hedui/contracts';

/** One month of a person's tax records, by income category (README §4). A month without records is left out. */
export interface IncomeMonth {
  month: Month;
  wage: Fen;
  operating: Fen;
  property: Fen;
  other: Fen;
}

/**
 * What the sources hold of one person under the name of the household's row. Records under another name are not here;
 * `otherNames` alone tells that there are any.
 */
export interface PersonFacts {
  income: readonly IncomeMonth[];
  account: readonly AccountFact[];
  registration: readonly RegistrationFact[];
  role: readonly RoleFact[];
  /** In source order: oldest to latest. The rules depend on event date and record id alone, never on this order. */
  marriage: readonly MarriageFact[];
  death: readonly DeathFact[];
  assistance: readonly AssistanceFact[];
  /** Bit mask over contracts RECORD_TYPES: types of which a record of this person stands under another name. */
  otherNames: number;
}

/** A person of whom no source holds anything. */
export const NO_FACTS: PersonFacts = Object.freeze({
  income: [],
  account: [],
  registration: [],
  role: [],
  marriage: [],
  death: [],
  assistance: [],
  otherNames: 0,
});

const categoryOfItem = {
  wages: 'wage',
  labour_service: 'wage',
  author_royalty: 'wage',
  operating: 'operating',
  licence_royalty: 'property',
  interest_dividend: 'property',
  property_lease: 'property',
  property_transfer: 'property',
  incidental: 'other',
} as const satisfies Record<TaxItem, Exclude<keyof IncomeMonth, 'month'>>;

/** Adds a person's tax records up by month and category; months in ascending order. */
export function foldIncome(facts: readonly IncomeFact[]): IncomeMonth[] {
  const months = new Map<Month, IncomeMonth>();
  for (const fact of facts) {
    let month = months.get(fact.period);
    if (month === undefined) {
      month = { month: fact.period, wage: 0 as Fen, operating: 0 as Fen, property: 0 as Fen, other: 0 as Fen };
      months.set(fact.period, month);
    }
    const category = categoryOfItem[fact.item];
    month[category] = (month[category] + fact.gross) as Fen;
  }
  return [...months.values()].sort((a, b) => a.month - b.month);
}

const typeBits = new Map<RecordTypeName, number>(RECORD_TYPES.map((entry, i) => [entry.type, 1 << i]));

/** The bit of a record type in `otherNames`. */
export function recordTypeBit(type: RecordTypeName): number {
  return typeBits.get(type) ?? 0;
}

/** Record types that are read for a living supporter (README §3). */
export const SUPPORTER_TYPES_MASK =
  recordTypeBit('income') | recordTypeBit('account') | recordTypeBit('death') | recordTypeBit('assistance');

/** Record types that are read for a living member: all. */
export const MEMBER_TYPES_MASK = (1 << RECORD_TYPES.length) - 1;

/** The record types of each source as a mask, in registry order of the sources. */
export const SOURCE_MASKS: readonly { source: SourceName; mask: number }[] = SOURCES.map((source) => ({
  source,
  mask: RECORD_TYPES.reduce((mask, entry, i) => (entry.source === source ? mask | (1 << i) : mask), 0),
}));
