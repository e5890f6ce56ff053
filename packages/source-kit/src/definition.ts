import type { ColumnSpec } from '@hedui/tables';

/** The columns that say who a row is about. */
export interface PersonColumns {
  readonly idType: string;
  readonly idNumber: string;
  readonly name: string;
}

/**
 * One field of what the blind zone learns of a row. `text`, `day`, `month`, `fen` travel as they are; `monthOf` is the
 * month of a day; `benefitKey` is the pseudonym of a benefit number; `otherPerson` is the pseudonym of the row's second
 * person (in that person's own slice: of the first).
 */
export type BlindField =
  | { readonly column: string; readonly as: 'text' | 'day' | 'month' | 'fen' | 'monthOf' | 'benefitKey' }
  | { readonly as: 'otherPerson' };

export interface RecordTypeDefinition {
  readonly type: string;
  /** The first one is the row's own id: required, an identifier. */
  readonly columns: readonly ColumnSpec[];
  readonly person: PersonColumns;
  /** A row that speaks of two persons stands in the slices of both, under each one's own name. */
  readonly other?: PersonColumns;
  /** In the order in which the record type's fact has them (contracts, facts.ts). */
  readonly blind: readonly BlindField[];
  /** A day column: a person's records stand in a slice in its order, then by record id (code points). */
  readonly orderBy?: string;
}

export interface SourceDefinition {
  /** As in addresses and topics: `housing_fund`. */
  readonly source: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly recordTypes: readonly RecordTypeDefinition[];
}

/** A mistake in a definition: found when the service starts, and by its unit test. */
export class DefinitionError extends Error {
  readonly code = 'DEFINITION_INVALID';
}

/** What may travel under which form. Names, numbers and free text have no form here: they cannot leave by mistake. */
const TRAVELS: Readonly<Record<string, readonly ColumnSpec['kind']['is'][]>> = {
  text: ['identifier', 'code', 'digits', 'letters', 'region'],
  day: ['day'],
  month: ['month'],
  fen: ['money'],
  monthOf: ['day'],
  benefitKey: ['identifier'],
};

/** Checks a definition and returns it. Throws DefinitionError. */
export function defineSource(definition: SourceDefinition): SourceDefinition {
  const wrong = (what: string): never => {
    throw new DefinitionError(`${definition.source}: ${what}`);
  };
  if (!/^[a-z][a-z_]{0,30}$/.test(definition.source)) wrong('the name of a source is lower-case letters');
  if (definition.recordTypes.length === 0) wrong('a source has at least one record type');
  const types = definition.recordTypes.map((t) => t.type);
  if (new Set(types).size !== types.length) wrong('a record type is defined twice');
  for (const type of definition.recordTypes) {
    const fault = faultOf(type);
    if (fault) wrong(`${type.type}: ${fault}`);
  }
  return definition;
}

function faultOf(type: RecordTypeDefinition): string | null {
  if (!/^[a-z][a-z_]{0,30}$/.test(type.type)) return 'the name of a record type is lower-case letters';
  const first = type.columns[0];
  if (first?.kind.is !== 'identifier' || !first.required)
    return "the first column is the row's id: required, an identifier";
  const kinds = new Map(type.columns.map((c) => [c.name, c.kind.is]));
  if (kinds.size !== type.columns.length) return 'a column is defined twice';
  for (const who of type.other ? [type.person, type.other] : [type.person]) {
    if (kinds.get(who.idType) !== 'idType') return `${who.idType} is not a column of document types`;
    if (kinds.get(who.idNumber) !== 'idNumber') return `${who.idNumber} is not a column of document numbers`;
    if (kinds.get(who.name) !== 'name') return `${who.name} is not a column of names`;
  }
  if (type.orderBy !== undefined && kinds.get(type.orderBy) !== 'day') return `${type.orderBy} is not a column of days`;
  const idTravels = type.blind.some((field) => field.as !== 'otherPerson' && field.column === first.name);
  const dayTravels = type.blind.some((field) => field.as === 'day' && field.column === type.orderBy);
  // An id that is sealed is put in its place when the slice is made, from what travels.
  if (type.orderBy !== undefined && !(idTravels && dayTravels)) return `${type.orderBy} and the id have to travel`;
  for (const field of type.blind) {
    if (field.as === 'otherPerson') {
      if (!type.other) return 'there is no second person';
      continue;
    }
    const kind = kinds.get(field.column);
    if (kind === undefined || !TRAVELS[field.as]?.includes(kind)) return `${field.column} cannot travel as ${field.as}`;
  }
  return null;
}

/** The place of a column; throws DefinitionError. */
export function columnIndex(type: RecordTypeDefinition, name: string): number {
  const at = type.columns.findIndex((c) => c.name === name);
  if (at < 0) throw new DefinitionError(`${type.type}: there is no column ${name}`);
  return at;
}

/** Columns that are kept as evidence: everything but the row's id and the identity of its persons. */
export function evidenceColumns(type: RecordTypeDefinition): readonly string[] {
  const identity = new Set<string>();
  for (const who of type.other ? [type.person, type.other] : [type.person]) {
    identity.add(who.idType).add(who.idNumber).add(who.name);
  }
  return type.columns.slice(1).flatMap((c) => (identity.has(c.name) ? [] : [c.name]));
}
